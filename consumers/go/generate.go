package consumer

//go:generate mkdir -p generated/oapicodegen
//go:generate go tool oapi-codegen -config oapi-codegen.yaml ../../openapi/talend-oauth.yaml
