// compiler: as ogen.TokenRequestGrantType value in struct literal

//go:build mistakes

package mistakes

import "talend-oauth.example/consumer/generated/ogen"

var grantForOgen = "password"

var _ = ogen.TokenRequest{GrantType: grantForOgen, Audience: "https://api.eu.cloud.talend.com"}
