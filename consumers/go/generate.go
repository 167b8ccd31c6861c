package consumer

//go:generate mkdir -p generated/oapicodegen
//go:generate go tool oapi-codegen -config oapi-codegen.yaml ../../openapi/talend-oauth.yaml
//go:generate go tool ogen --config ogen.yml --clean --target generated/ogen --package ogen ../../openapi/talend-oauth.yaml
