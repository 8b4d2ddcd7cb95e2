package encryption

import (
	"errors"
	"fmt"
	"os"
)

// The environment variables that every program of carrierflow reads the keyset from: the keyset itself, or the name of its file.
const (
	KeysVariable     = "CARRIERFLOW_ENCRYPTION_KEYS"
	KeysFileVariable = "CARRIERFLOW_ENCRYPTION_KEYS_FILE"
)

// Load is [New] with a keyset that is given itself, or in a file.
func Load(keyset, file string) (*Encryption, error) {
	if keyset != "" && file != "" {
		return nil, errors.New(KeysVariable + " and " + KeysFileVariable + " are both set; set one of them")
	}
	name := KeysVariable
	if file != "" {
		name = KeysFileVariable
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if keyset = string(text); keyset == "" { // without keys, payloads would not be encrypted
			return nil, fmt.Errorf("%s: the file is empty; fill it with \"worker keys new\"", name)
		}
	}
	e, err := New(keyset)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}

// FromEnv is [Load] with what the environment says; lookup is os.LookupEnv.
func FromEnv(lookup func(name string) (value string, set bool)) (*Encryption, error) {
	keyset, _ := lookup(KeysVariable)
	file, _ := lookup(KeysFileVariable)
	return Load(keyset, file)
}
