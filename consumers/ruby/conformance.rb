# frozen_string_literal: true

# Does what `talend-oauth conformance` tells a client to do.
require "stringio"
require_relative "token_source"

API = ENV.fetch("TALEND_API_URL")
SOURCE = TokenSource.new(API, ENV.fetch("TALEND_CLIENT_ID"), ENV.fetch("TALEND_CLIENT_SECRET"))
JSON_BODY = '{"executable": "conformance"}'

def send_one(step, url)
  post = %w[post stream].include?(step)
  url = API + (post ? "/processing/executions" : "/account/me") unless step == "get"
  request = (post ? Net::HTTP::Post : Net::HTTP::Get).new(URI(url), "Content-Type" => "application/json")
  request.body = JSON_BODY if step == "post"
  if step == "stream"
    request.body_stream = StringIO.new(JSON_BODY)
    request["Transfer-Encoding"] = "chunked"
  end
  { status: SOURCE.request(request).code.to_i }
rescue StandardError => e
  { error: e.message }
end

$stdout.sync = true
$stdin.each_line(chomp: true) do |line|
  step, argument = line.split
  break if step == "exit"

  times = step == "call" ? (argument || 1).to_i : 1
  puts JSON.generate(Array.new(times) { Thread.new { send_one(step, argument) } }.map(&:value))
end
