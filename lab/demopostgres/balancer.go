package main

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"
)

// balancer passes requests on to the receivers in turn, and to the next one when a receiver does not answer. It stands for any balancer:
// it does not matter which worker receives a callback.
func balancer(receivers []string) http.Handler {
	var turn atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "the callback ended early", http.StatusBadRequest)
			return
		}
		first := int(turn.Add(1))
		for i := range receivers {
			again, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+receivers[(first+i)%len(receivers)]+r.URL.RequestURI(), bytes.NewReader(body))
			if err != nil {
				break
			}
			again.Header = r.Header
			answer, err := http.DefaultClient.Do(again)
			if err != nil {
				continue
			}
			w.WriteHeader(answer.StatusCode)
			_, _ = io.Copy(w, answer.Body) // who has gone is not told
			_ = answer.Body.Close()
			return
		}
		http.Error(w, "no receiver answers", http.StatusBadGateway)
	})
}
