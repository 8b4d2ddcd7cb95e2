package activities

import (
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// The changes of one line are carried out one after the other: each takes the line's turn before it is sent. Who has the turn
// is kept by the workflow of the line, which exists only while somebody has it or waits for it. These are the names of that
// workflow, of its signals, and of the activities that call it.
const (
	// LineType is the type of the workflow of a line.
	LineType = "Line"
	// AskTurnSignal asks for the turn; its payload is an [Asker].
	AskTurnSignal = "ask-turn"
	// ReleaseTurnSignal gives the turn back, or withdraws what was asked; its payload is a [Release].
	ReleaseTurnSignal = "release-turn"

	// LineOfName, HandTurnName and EndedName are local activities, which add one event each. WatchHolderName is an activity of
	// the workflow of the line.
	LineOfName      = "LineOf"
	HandTurnName    = "HandTurn"
	WatchHolderName = "WatchHolder"
	EndedName       = "Ended"
)

// WorkflowQueue is the task queue of all workflows.
const WorkflowQueue = "carrierflow"

// LineSleep is how long the workflow of a line sleeps when it has given its first turn. A signal wakes it: the turn is given back, or
// somebody else asks. If neither happens, it looks whether who has the turn is still open.
const LineSleep = time.Hour

// HolderMemo is the field of the line's memo with the [Asker] that has the turn. A memo can be read without a worker.
const HolderMemo = "holder"

// Asker is a run that asks for a line's turn, has it, or waits for it.
type Asker struct {
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId,omitempty"`
}

// StaysReadable tells package encryption that an Asker in a memo is not encrypted: it holds two ids that Temporal shows of every run.
func (Asker) StaysReadable() {}

// Release is the payload of [ReleaseTurnSignal].
type Release struct {
	Asker
	// To is the workflow that has the turn from now on; empty when the line is free.
	To string `json:"to,omitempty"`
}

// LineRequest names the line of a request. It is the input of LineOf, and not part of the history: that of a local activity is not.
type LineRequest struct {
	Operation string `json:"operation"`
	// Line is the line's identifier; personal.
	Line string `json:"line"`
}

// Turn is what a run knows about its line's turn.
type Turn struct {
	// Line is the workflow id of the line; empty where changes take no turn.
	Line string `json:"line,omitempty"`
	// Granted tells that the run may send.
	Granted bool `json:"granted,omitempty"`
	// Holder is the workflow that has the turn, if another has it.
	Holder string `json:"holder,omitempty"`
}

// LineID is the workflow id of a line: "line:<carrier>:<line key>".
func LineID(c carriers.Carrier, key string) string { return "line:" + string(c) + ":" + key }
