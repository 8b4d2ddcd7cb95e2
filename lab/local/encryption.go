package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/internal/transport"
	"github.com/carrierflow/carrierflow/internal/worker/codec"
	"github.com/carrierflow/carrierflow/internal/worker/service"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// keysInUse are the keys of a server, and how another program gets them.
type keysInUse struct {
	*encryption.Encryption
	// keyset is empty when nothing is encrypted; file is where it comes from, if not from the environment.
	keyset, file string
	// setting is what another program needs in its environment; empty when it has it already.
	setting string
	// forget removes a file that was made for this server alone.
	forget func() error
}

// chooseKeys takes the keys of the environment, or makes some. Those of a database are kept beside it, because nobody can read it without
// them; others are in a file for as long as the server runs.
func chooseKeys(opts Options) (keysInUse, error) {
	k := keysInUse{Encryption: &encryption.Encryption{}, forget: func() error { return nil }}
	if !opts.Encrypt {
		return k, nil
	}
	k.keyset, k.file = os.Getenv(encryption.KeysVariable), os.Getenv(encryption.KeysFileVariable)
	if k.keyset == "" && k.file == "" {
		k.file = opts.DB + ".keys.json"
		if opts.DB == "" {
			folder, err := os.MkdirTemp("", "carrierflow-keys")
			if err != nil {
				return k, err
			}
			k.file, k.forget = filepath.Join(folder, "keys.json"), func() error { return os.RemoveAll(folder) }
		}
		if err := makeKeys(k.file); err != nil {
			return k, errors.Join(err, k.forget())
		}
		k.setting = encryption.KeysFileVariable + "=" + k.file
	}
	var err error
	if k.Encryption, err = encryption.Load(k.keyset, k.file); err == nil && k.file != "" {
		var text []byte
		text, err = os.ReadFile(k.file)
		k.keyset = string(text)
	}
	if err != nil {
		return k, errors.Join(err, k.forget())
	}
	return k, nil
}

// makeKeys makes a keyset, unless there is one.
func makeKeys(file string) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	keyset, err := encryption.NewKeyset()
	if err != nil {
		return err
	}
	return os.WriteFile(file, keyset, 0o600)
}

// line says whether and how payloads are encrypted.
func (k keysInUse) line(opts Options) string {
	if !k.On() {
		return "OFF: numbers and ICCIDs can be read in Temporal; --encrypt turns it on"
	}
	where := k.file
	if where == "" {
		where = encryption.KeysVariable
	}
	return fmt.Sprintf("on, with the keys in %s; codec endpoint %s", where, codecURL(opts))
}

// codecURL is where the codec endpoint is: on this machine, for the browser on it, whatever the rest listens on.
func codecURL(opts Options) string { return "http://" + address(codecHost, opts.CodecPort) }

const codecHost = "127.0.0.1"

// startCodec serves the codec endpoint for the Web UI of this server. It needs no token, because only this machine reaches it.
func startCodec(opts Options, keys keysInUse, log *zap.Logger) (stop func() error, err error) {
	cfg, err := service.Parse(nil)
	if err != nil {
		return nil, err
	}
	cfg.EncryptionKeys = transport.Secret(keys.keyset)
	cfg.Codec = codec.Config{Address: address(codecHost, opts.CodecPort), Origins: []string{
		"http://" + address(codecHost, opts.UIPort), "http://" + address("localhost", opts.UIPort),
	}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.ServeCodec(ctx, cfg, log) }()
	return func() error {
		cancel()
		return <-ended
	}, nil
}
