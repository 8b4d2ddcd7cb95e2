package plans

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	// WorkflowType is the workflow type of a plan.
	WorkflowType = "Plan"

	idPrefix = "plan:"
)

// WorkflowID is the id of the workflow of a plan: "plan:<reference>".
func WorkflowID(reference string) string { return idPrefix + reference }

// ParseWorkflowID is the inverse of [WorkflowID]; ok is false for any other id.
func ParseWorkflowID(id string) (reference string, ok bool) {
	reference, ok = strings.CutPrefix(id, idPrefix)
	return reference, ok && carriers.ValidReference(reference)
}

const undoSuffix = "-undo"

// StepReference is the reference of a step's operation: "<plan>-<step>", and "<plan>-<step>-2" when it is started a second time.
func StepReference(plan, step string, attempt int) string {
	return plan + "-" + step + repetition(attempt)
}

// UndoReference is the reference of the operation that undoes a step: "<plan>-<step>-undo", and "<plan>-<step>-undo-2" when it is
// started a second time.
func UndoReference(plan, step string, attempt int) string {
	return plan + "-" + step + undoSuffix + repetition(attempt)
}

func repetition(attempt int) string {
	if attempt <= 1 {
		return ""
	}
	return "-" + strconv.Itoa(attempt)
}

// namePattern is the form of a step's name.
const namePattern = "^[a-z0-9]+(-[a-z0-9]+)*$"

var (
	nameForm = regexp.MustCompile(namePattern)
	// taken are the ends of names that would make the reference of one step that of another's repetition or undo.
	taken = regexp.MustCompile(undoSuffix + "$|-[0-9]+$")
)

// longestReference is the longest reference that the step's operations can get.
func (s Step) longestReference(plan string) string {
	if s.UndoKind() == UndoBy {
		return UndoReference(plan, s.Name, MaxAttempts)
	}
	return StepReference(plan, s.Name, MaxAttempts)
}
