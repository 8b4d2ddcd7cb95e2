package callback

import (
	"crypto/sha256"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func key(n int) [sha256.Size]byte { return [sha256.Size]byte{byte(n), byte(n >> 8)} }

func TestMemoryKeepsForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10*time.Minute, 100)
		time.Sleep(9 * time.Minute) // the bubble's clock, not ours
		m.add(key(1))
		for range 10 {
			assert.True(t, m.has(key(1)))
			assert.False(t, m.has(key(2)))
			time.Sleep(time.Minute)
		}
		assert.True(t, m.has(key(1)), "10 minutes have passed, not more")
		m.add(key(2))
		time.Sleep(10 * time.Minute)
		assert.False(t, m.has(key(1)), "20 minutes are too long")
		m.add(key(3))
		time.Sleep(20 * time.Minute)
		assert.False(t, m.has(key(3)), "also when nobody asked in the meantime")
	})
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(time.Hour, 10)
	for n := range 1000 {
		m.add(key(n))
		assert.True(t, m.has(key(max(0, n-9))), "the last ones are known")
		assert.LessOrEqual(t, len(m.young)+len(m.old), 20)
	}
	assert.False(t, m.has(key(0)))
}
