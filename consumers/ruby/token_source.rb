# frozen_string_literal: true

require "base64"
require "json"
require "net/http"
require "timeout"

# A token of Talend Cloud that is fetched, kept and refreshed, and requests that are sent with it.
#
# It does what conformance/BEHAVIOUR.md asks of a client, levels core and resilient; R7 and the
# like are its requirements. It needs the standard library alone. Copy it.
class TokenSource
  DEADLINE = 20 # seconds for a fetch, all its tries together (R15)
  LARGEST = 64 * 1024 # bytes of a response (R15)
  RETRYABLE = [429, 500, 502, 503, 504].freeze

  # Why there is no token, and for how many seconds no other is to be asked for.
  class Error < StandardError
    attr_reader :retryable, :pause

    def initialize(message, retryable: false, pause: 0)
      super("no token: #{message}")
      @retryable = retryable
      @pause = pause
    end
  end

  Token = Struct.new(:value, :refresh, :wait, :expires)
  Fetch = Struct.new(:done, :token, :error) # shared by all who wait for it (R7)

  def initialize(api_url, client_id, client_secret)
    @api = URI(api_url.chomp("/"))
    @account = [client_id, client_secret]
    @mutex = Mutex.new
    @changed = ConditionVariable.new
    @pause = 0 # no fetch starts before
  end

  # Returns a valid token, and starts to fetch the next one when it is time.
  def token
    @mutex.synchronize do
      held = @token
      start if now >= [held&.refresh || 0, @pause].max
      fetch = @fetch
      return held.value if held && now < held.wait # also while it is refreshed (R17)

      @changed.wait(@mutex) until fetch.done
      return fetch.token.value if fetch.token
      return held.value if held && now < held.expires # an outage does not end a valid token (R20)

      raise fetch.error
    end
  end

  # Forgets a token that the API refused, and no other (R24).
  def discard(value)
    @mutex.synchronize { @token = nil if @token&.value == value }
  end

  # Sends a Net::HTTPRequest; once more with another token when the first is refused (R11).
  def request(request)
    uri = request.uri
    return exchange(uri, request) if [uri.scheme, uri.host, uri.port] != [@api.scheme, @api.host, @api.port] # R14

    value = token
    response = exchange(uri, authorized(request, value))
    return response if response.code != "401"

    discard(value)
    return response if request.body_stream # which cannot be read again (R25)

    exchange(uri, authorized(request, token))
  end

  private

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def authorized(request, value)
    request["Authorization"] = "Bearer #{value}"
    request
  end

  def exchange(uri, request, &block)
    Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https") { |http| http.request(request, &block) }
  end

  def start
    @pause = Float::INFINITY # until it is done
    @fetch = fetch = Fetch.new
    Thread.new do
      fetched, error = tries
      @mutex.synchronize do
        fetch.token, fetch.error, fetch.done = fetched, error, true
        @token = fetched || @token
        # No request with each call of an outage (R20).
        @pause = error ? now + [error.pause, [10, (@token&.expires || 0) - now].min].max : 0
        @changed.broadcast
      end
    end
  end

  def tries
    ends = now + DEADLINE
    (1..).each do |count|
      return [Timeout.timeout(ends - now) { fetch_token }, nil]
    rescue StandardError => e
      # Only the class: a message may repeat the response, and that the secret (R16).
      lost = e.is_a?(SystemCallError) || e.is_a?(IOError) || e.is_a?(SocketError)
      error = e.is_a?(Error) ? e : Error.new(e.class.name, retryable: lost)
      delay = error.pause + rand * 0.25 * 2**count
      return [nil, error] if !error.retryable || count == 3 || now + delay > ends # R21, R22

      sleep(delay)
    end
  end

  def fetch_token
    sent, clock, text = now, Time.now.to_f, +""
    request = Net::HTTP::Post.new(URI("#{@api}/security/oauth/token"), "Content-Type" => "application/json")
    request.basic_auth(*@account)
    request["talend-version"] = "2021-03"
    request.body = JSON.generate(grant_type: "client_credentials", audience: @api.to_s)
    response = exchange(request.uri, request) do |got|
      got.read_body { |part| (text << part).bytesize > LARGEST and raise Error, "the response is too large" }
    end
    status = response.code.to_i
    issued = status == 200 ? JSON.parse(text) : {}
    value, kind = issued.values_at("access_token", "token_type") if issued.is_a?(Hash)
    unless value.is_a?(String) && value.match?(%r{\A[\w.~+/-]+=*\z}) && kind.to_s.casecmp?("bearer")
      refused = [400, 401, 403].include?(status) # and would be again (R23)
      pause = refused ? 30 : [response["Retry-After"].to_i, 3600].min
      raise Error.new("the response is #{status}", retryable: RETRYABLE.include?(status), pause: pause)
    end
    lifetime = lifetime_of(issued["expires_in"], value, clock)
    Token.new(value, sent + lifetime * (0.6 + rand / 15), sent + lifetime - [60, lifetime / 10].min, sent + lifetime)
  end

  # Returns the least that response and token say, in seconds (R19), or half an hour.
  def lifetime_of(stated, value, clock)
    said = stated.to_s.match?(/\A\d{1,9}\z/) ? [stated.to_f] : []
    begin
      claims = JSON.parse(Base64.urlsafe_decode64(value.split(".")[1].to_s))
      # A start after the end is of a wrong clock.
      said += [claims["iat"].to_f, clock].select { |start| start < claims["exp"].to_f }.map { |start| claims["exp"] - start }
    rescue StandardError
      # What is no JWT says nothing.
    end
    said.empty? ? 1800.0 : [*said, 86_400.0].min
  end
end
