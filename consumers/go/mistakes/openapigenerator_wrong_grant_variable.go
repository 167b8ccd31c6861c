// compiler: as openapigenerator.GrantType value in struct literal

//go:build mistakes

package mistakes

import "talend-oauth.example/consumer/generated/openapigenerator"

var grantForOpenAPIGenerator = "password"

var _ = openapigenerator.TokenRequest{GrantType: grantForOpenAPIGenerator, Audience: "https://api.eu.cloud.talend.com"}
