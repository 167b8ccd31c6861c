// compiler: silent

//go:build mistakes

package mistakes

import "talend-oauth.example/consumer/generated/oapicodegen"

// A field that is left out of a literal is empty.
var _ = oapicodegen.TokenRequest{GrantType: oapicodegen.ClientCredentials}
