package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// keysCommand makes and changes keysets. docs/security.md says how keys are changed.
type keysCommand struct {
	New     newKeys    `cmd:"" help:"Make a keyset with one key."`
	Add     addKey     `cmd:"" help:"First step of a change: add a new key, which only decrypts."`
	Promote promoteKey `cmd:"" help:"Second step, when every program has the new key: let it encrypt."`
	Remove  removeKey  `cmd:"" help:"Remove a key, when nothing is left that was encrypted with it."`
	List    listOfKeys `cmd:"" help:"List the ids of the keys."`
}

// keysFile is the file of a keyset; "-" is the standard input and output.
type keysFile struct {
	File string `arg:"" help:"File with the keyset; - reads the standard input and writes the standard output."`
}

type (
	newKeys    struct{ keysFile }
	addKey     struct{ keysFile }
	listOfKeys struct{ keysFile }
	promoteKey struct {
		keysFile
		ID uint32 `arg:"" help:"Id of the key."`
	}
	removeKey struct {
		keysFile
		ID uint32 `arg:"" help:"Id of the key."`
	}
)

// streams are where a command reads and writes. What it says goes to the errors, because the output may be a keyset.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

const standard = "-"

func (c newKeys) run(s streams) error {
	keyset, err := encryption.NewKeyset()
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.File); c.File != standard && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is there already, and what was encrypted with its keys needs them: choose another name, or change it with \"worker keys add\"", c.File)
	}
	return c.write(s, keyset, "made a keyset. Keep a copy where backups of Temporal do not go: without it nothing that was encrypted can be read again")
}

func (c addKey) run(s streams) error {
	old, err := c.read(s)
	if err != nil {
		return err
	}
	renewed, id, err := encryption.AddKey(old)
	if err != nil {
		return err
	}
	return c.write(s, renewed, fmt.Sprintf("added key %d, which only decrypts. Give this keyset to every program and restart it. Then: worker keys promote %s %d", id, c.File, id))
}

func (c promoteKey) run(s streams) error {
	return c.change(s, c.ID, encryption.PromoteKey, "key %d encrypts from now on. Give this keyset to every program and restart it. Keep the other keys for as long as Temporal keeps what they have encrypted")
}

func (c removeKey) run(s streams) error {
	return c.change(s, c.ID, encryption.RemoveKey, "removed key %d. What it has encrypted can be read with older copies of this keyset only")
}

func (c listOfKeys) run(s streams) error {
	text, err := c.read(s)
	if err != nil {
		return err
	}
	keys, err := encryption.KeysIn(text)
	for _, k := range keys {
		use := "decrypts"
		if k.Primary {
			use = "encrypts and decrypts"
		}
		fmt.Fprintf(s.out, "%d  %s\n", k.ID, use)
	}
	return err
}

func (f keysFile) change(s streams, id uint32, change func([]byte, uint32) ([]byte, error), said string) error {
	old, err := f.read(s)
	if err != nil {
		return err
	}
	renewed, err := change(old, id)
	if err != nil {
		return err
	}
	return f.write(s, renewed, fmt.Sprintf(said, id))
}

func (f keysFile) read(s streams) ([]byte, error) {
	if f.File == standard {
		return io.ReadAll(s.in)
	}
	return os.ReadFile(f.File)
}

// write replaces the file at once, so that it never holds half a keyset.
func (f keysFile) write(s streams, keyset []byte, said string) error {
	if f.File == standard {
		if _, err := s.out.Write(keyset); err != nil {
			return err
		}
	} else if err := replace(f.File, keyset); err != nil {
		return fmt.Errorf("writing the keyset: %w", err)
	}
	fmt.Fprintln(s.err, "worker: "+said+".")
	return nil
}

func replace(file string, content []byte) error {
	beside, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // only its owner can read it
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(beside.Name()) }() // it is gone when it has its new name
	_, err = beside.Write(content)
	if err = errors.Join(err, beside.Sync(), beside.Close()); err != nil {
		return err
	}
	return os.Rename(beside.Name(), file)
}
