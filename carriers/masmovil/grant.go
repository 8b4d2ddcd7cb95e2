package masmovil

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"golang.org/x/oauth2/jwt"

	"github.com/carrierflow/carrierflow/carriers/transport"
)

// Grant is how to get an access token: with an assertion that a service account signs (Authorization guide, Service
// account; RFC 7523). Without a service account no Authorization header is sent, which suits the sandbox alone.
type Grant struct {
	// ServiceAccount is the JSON file MasStack's staff hand out.
	ServiceAccount string `name:"service-account" env:"SERVICE_ACCOUNT" placeholder:"FILE" help:"Service account file (JSON); no credentials are sent when empty."`
	// TokenURL and Audience: the official text names neither the token's path nor the assertion's claims.
	TokenURL string   `name:"token-url" env:"TOKEN_URL" placeholder:"URL" help:"Token endpoint for the service account."`
	Audience string   `env:"AUDIENCE" help:"Audience of the assertion; the token URL when empty (default ours)."`
	Scopes   []string `env:"SCOPES" placeholder:"SCOPE" help:"Scopes to ask for in the assertion."`
}

// fault names what is wrong without opening the file.
func (g Grant) fault() error {
	switch {
	case g.ServiceAccount != "" && !webURL(g.TokenURL):
		return errors.New("a service account needs a token URL, http://… or https://…: set MASMOVIL_TOKEN_URL")
	case g.ServiceAccount == "" && g.TokenURL != "":
		return errors.New("a token URL needs a service account: set MASMOVIL_SERVICE_ACCOUNT")
	}
	return nil
}

// credentials reads the service account; it names no value of the file in an error.
func (g Grant) credentials() (transport.Credentials, error) {
	if g.ServiceAccount == "" {
		return transport.None{}, nil
	}
	file, err := os.ReadFile(g.ServiceAccount)
	if err != nil {
		return nil, fmt.Errorf("reading the service account, see MASMOVIL_SERVICE_ACCOUNT: %w", err)
	}
	var account struct {
		PrivateKeyID string `json:"private_key_id"`
		PrivateKey   string `json:"private_key"`
		ClientEmail  string `json:"client_email"`
	}
	if json.Unmarshal(file, &account) != nil || account.PrivateKeyID == "" || account.ClientEmail == "" || !isRSAKey(account.PrivateKey) {
		return nil, fmt.Errorf("%s, named by MASMOVIL_SERVICE_ACCOUNT, is not a JSON file with private_key_id, private_key (RSA, PEM) and client_email", g.ServiceAccount)
	}
	signer := jwt.Config{ // signs with RS256 and puts the key's id into the header
		Email: account.ClientEmail, PrivateKey: []byte(account.PrivateKey), PrivateKeyID: account.PrivateKeyID,
		TokenURL: g.TokenURL, Audience: g.Audience, Scopes: g.Scopes,
	}
	return transport.NewBearer(signer.TokenSource), nil
}

// isRSAKey finds at the start what the first token call would find.
func isRSAKey(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return true
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	_, isRSA := key.(*rsa.PrivateKey)
	return err == nil && isRSA
}
