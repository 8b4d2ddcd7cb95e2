package webhook

import (
	"math/rand/v2"
	"time"
)

// delays are those before the second and further attempts; Standard Webhooks recommends them ("Deliverability and reliability"). All of
// them are 75 hours and 35 minutes.
var delays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// longestRetryAfter bounds what an endpoint may ask for.
const longestRetryAfter = 24 * time.Hour

// delayAfter is the delay after an attempt, the first of which is 1. Up to a tenth is added, so that what has failed together is not
// all sent again together. asked is what the endpoint asks for.
func delayAfter(attempt int32, asked time.Duration) time.Duration {
	delay := delays[min(max(int(attempt), 1), len(delays))-1]
	return max(delay+rand.N(delay/10+1), min(asked, longestRetryAfter))
}
