// compiler: as oapicodegen.GrantType value in struct literal

//go:build mistakes

package mistakes

import "talend-oauth.example/consumer/generated/oapicodegen"

var grantForOapiCodegen = "password"

var _ = oapicodegen.TokenRequest{GrantType: grantForOapiCodegen, Audience: "https://api.eu.cloud.talend.com"}
