package main

import (
	"errors"
	"fmt"
	"io"
)

// exitCode is what the process ends with; the codes are part of the contract with scripts.
type exitCode int

const (
	exitDone        exitCode = 0
	exitFailed      exitCode = 1
	exitUsage       exitCode = 2
	exitUnreachable exitCode = 3
	exitInterrupted exitCode = 130 // as shells have it for SIGINT
)

// exitCodes ends every help text.
const exitCodes = `
Exit codes:
  0    done: completed, or started when not asked to wait
  1    the operation failed; type, code and reason are printed
  2    bad usage or input, the reference was used before, or an order was refused; nothing was done
  3    Temporal cannot be reached or refuses the call, no worker answers, or something waits that no worker serves
  130  interrupted; an operation that was started goes on
`

// environment ends the help of the program as a whole.
const environment = `
Environment:
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS…  as for the temporal CLI
  TEMPORAL_UI_URL        where the Web UI is; http://localhost:8233 when the address is local
  CARRIERFLOW_LINE_KEY   secret for the search attribute LineKey; without it the attribute is left out
  CARRIERFLOW_OPERATOR   who gives orders from here; your user name without it
  CARRIERFLOW_PATIENCE   how long Temporal may take to answer one call; 5s without it
  NO_COLOR               no colours
`

// exit is an error that says how the process ends. An empty text means that everything has been said.
type exit struct {
	code exitCode
	text string
}

// Error returns the text.
func (e *exit) Error() string { return e.text }

func badUsage(format string, args ...any) error {
	return &exit{exitUsage, fmt.Sprintf(format, args...)}
}

// report prints an error and returns the code to end with.
func report(stderr io.Writer, err error) exitCode {
	if err == nil {
		return exitDone
	}
	code := exitUsage
	if e, ok := errors.AsType[*exit](err); ok {
		code = e.code
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(stderr, "starter: "+text)
	}
	return code
}
