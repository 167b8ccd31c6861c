// compiler: silent

//go:build mistakes

package mistakes

import "talend-oauth.example/consumer/generated/ogen"

// A field that is left out of a literal is empty.
var _ = ogen.TokenRequest{GrantType: ogen.TokenRequestGrantTypeClientCredentials}
