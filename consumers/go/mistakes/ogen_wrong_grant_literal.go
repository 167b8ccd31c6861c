// compiler: silent

//go:build mistakes

package mistakes

import "talend-oauth.example/consumer/generated/ogen"

// An untyped constant takes on the type of the field.
var _ = ogen.TokenRequest{GrantType: "password", Audience: "https://api.eu.cloud.talend.com"}
