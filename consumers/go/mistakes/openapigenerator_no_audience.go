// compiler: not enough arguments in call to openapigenerator.NewTokenRequest

//go:build mistakes

package mistakes

import "talend-oauth.example/consumer/generated/openapigenerator"

var _ = openapigenerator.NewTokenRequest(openapigenerator.CLIENT_CREDENTIALS)
