package service

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/internal/settings"
	"github.com/carrierflow/carrierflow/internal/worker/codec"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// codecPrefix begins the environment variables of the codec endpoint.
const codecPrefix = "CARRIERFLOW_CODEC_"

// encryption makes what encrypts payloads. Without keys it encrypts nothing, and still fails no run that is encrypted.
func (c Config) encryption() (*encryption.Encryption, error) {
	return encryption.Load(string(c.EncryptionKeys), "") // a file that has it was read already
}

// logEncryption says with which keys payloads are encrypted, or that they are not.
func logEncryption(keys *encryption.Encryption, log *zap.Logger) {
	if !keys.On() {
		log.Warn("payloads are not encrypted: Temporal stores numbers and ICCIDs in the clear; set CARRIERFLOW_ENCRYPTION_KEYS")
		return
	}
	var others []uint32
	for _, k := range keys.Keys()[1:] {
		others = append(others, k.ID)
	}
	log.Info("payloads are encrypted", zap.Uint32("key", keys.Keys()[0].ID), zap.Uint32s("only decrypting", others))
}

// CodecFaults are all faults of the configuration for [ServeCodec].
func (c Config) CodecFaults() (faults []error) {
	keys, err := c.encryption()
	if err == nil && !keys.On() {
		err = errors.New("CARRIERFLOW_ENCRYPTION_KEYS must be set: the codec endpoint decrypts with the keys of the workers")
	}
	for _, err := range []error{err, c.Codec.Check(codecPrefix)} {
		if err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

// ServeCodec serves the codec endpoint for the Temporal Web UI and the temporal CLI until ctx ends. It needs the keys, and nothing else of
// the configuration: neither Temporal nor a carrier.
func ServeCodec(ctx context.Context, cfg Config, log *zap.Logger) error {
	if err := settings.Incomplete(cfg.CodecFaults()); err != nil {
		return err
	}
	keys, err := cfg.encryption()
	if err != nil {
		return err
	}
	listener, err := listen(cfg.Codec.Address, codecPrefix+"ADDRESS")
	if err != nil {
		return fmt.Errorf("serving the codec endpoint: %w", err)
	}
	logEncryption(keys, log)
	log.Info("codec endpoint is ready", zap.String("address", listener.Addr().String()), zap.Strings("origins", cfg.Codec.Origins),
		zap.Bool("needs a token", cfg.Codec.Token != ""), zap.Bool("encrypts", !cfg.Codec.DecodeOnly))
	if err := codec.New(cfg.Codec, keys.Codec(), log.Named("codec")).Serve(ctx, listener); err != nil {
		return fmt.Errorf("serving the codec endpoint: %w", err)
	}
	return nil
}
