package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// operate runs the starter as an operator does, and wants it to end with a code. It returns everything that it printed.
func operate(t *testing.T, want int, args ...string) string {
	t.Helper()
	out, errs, code := starter(t, "", args...)
	require.Equal(t, want, code, "%v\n%s%s", args, out, errs)
	return out + errs
}

// workList is what `starter attention` prints. It ends with 3 as well as with 0 here: on a busy machine an operation of
// another test may wait long enough for the worker to be told about.
func workList(t *testing.T, args ...string) (printed string) {
	t.Helper()
	out, errs, code := starter(t, "", append([]string{"attention", "--limit=1000"}, args...)...)
	require.Contains(t, []int{0, 3}, code, "%v\n%s%s", args, out, errs)
	return out
}

// begin starts an operation with the starter and returns its id.
func begin(t *testing.T, args ...string) string {
	t.Helper()
	ref := reference(t)
	operate(t, 0, append(args, "--reference", ref)...)
	return args[0] + ":" + ref
}

// stuck starts an operation that its carrier never decides, and waits until the carrier has it.
func stuck(t *testing.T, flags ...string) (id, onLine string) {
	t.Helper()
	onLine = line("SUB-", 6, 63)
	return begin(t, append([]string{
		"stn", "set-services", "--subscription-id", onLine, "--service", "voiceMail=false", "--until=accepted", "--poll-every=500ms",
		"--overdue-poll-every=500ms", "--call-timeout=10s",
	}, flags...)...), onLine
}

// shown is what show tells of a run.
type shown struct {
	State          string
	NeedsAttention []string
	Status         *workflows.OperationStatus
	Timeline       []struct{ Event, Text, Operator, Reason string }
}

func show(t *testing.T, id string) (told shown) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(operate(t, 0, "show", id, "--output=json")), &told))
	return told
}

// events are the words for what happened, in their order.
func (s shown) events() (words []string) {
	for _, step := range s.Timeline {
		words = append(words, step.Event)
	}
	return words
}

// What is overdue is on the work list with a command, until it is decided.
func TestOperatorWorkList(t *testing.T) {
	t.Parallel()
	id, _ := stuck(t, "--overdue-after=1s")
	var task struct {
		WorkflowID, State, Command string
		NeedsAttention             []string
	}
	onList := func() bool {
		var tasks []json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(workList(t, "--output=json")), &tasks))
		return slices.ContainsFunc(tasks, func(raw json.RawMessage) bool {
			require.NoError(t, json.Unmarshal(raw, &task))
			return task.WorkflowID == id
		})
	}
	eventually(t, "on the work list", onList)
	require.Equal(t, []string{"Overdue"}, task.NeedsAttention)
	require.Equal(t, world.Starter+" check-now "+id+" --reason='ticket NUMBER'", task.Command)
	text := workList(t, "--carrier=stn")
	require.Contains(t, text, id+"  Overdue\n")

	found := func(args ...string) bool {
		return strings.Contains(operate(t, 0, append([]string{"list", "--limit=1000"}, args...)...), id+" ")
	}
	require.True(t, found("--needs-attention"))
	require.True(t, found("--needs-attention", "Overdue", "--state=running", "--since=1h", "--carrier=stn"))
	require.False(t, found("--needs-attention", "Held"))
	require.False(t, found("--state=failed,completed", "--carrier=stn", "--since=5m"))

	operate(t, 0, "resolve", id, "--outcome=done", "--reason=told by phone")
	eventually(t, "off the work list", func() bool { return !onList() })
}

// A line is found by its number, which never leaves this process.
func TestOperatorFindsALine(t *testing.T) {
	t.Parallel()
	ref, sim := reference(t), iccid(0)
	succeed(t, start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, sim, fast)))
	t.Run("with the secret", func(t *testing.T) {
		p, err := stack.Launch(world.Starter, append(world.StarterEnv(), "CARRIERFLOW_LINE_KEY=secret"), "list", "--line", sim)
		require.NoError(t, err)
		require.Zero(t, p.Wait(), p.Output())
		require.Contains(t, p.Output(), "dish:"+ref)
		require.Equal(t, 2, strings.Count(p.Output(), "\n"), "a heading and one row")
	})
	require.Contains(t, operate(t, 2, "list", "--line", sim), "CARRIERFLOW_LINE_KEY")
}

func TestOperatorShow(t *testing.T) {
	t.Parallel()
	t.Run("one that waits", func(t *testing.T) {
		t.Parallel()
		id, onLine := stuck(t)
		awaitStatus(t, world.client.GetWorkflow(t.Context(), id, ""), "the carrier's word", func(s workflows.OperationStatus) bool { return s.CarrierStatus == "BUSY" })
		told := show(t, id)
		require.Equal(t, "waiting", told.State)
		require.Equal(t, "BUSY", told.Status.CarrierStatus)
		// When the caller's question is taken up depends on the worker.
		require.ElementsMatch(t, []string{"started", "sending", "acknowledged", "checking", "action", "answer"}, told.events())
		text := operate(t, 0, "show", id)
		require.Contains(t, text, `acknowledged  sTN says "INIT"`)
		require.NotContains(t, text, onLine)

		// Followed, it is told to its end.
		p, err := stack.Launch(world.Starter, world.StarterEnv(), "show", id, "--follow")
		require.NoError(t, err)
		t.Cleanup(p.Kill)
		require.NoError(t, p.AwaitText(stack.Context(t), `sTN says "BUSY"`))
		operate(t, 0, "resolve", id, "--outcome=failed", "--reason=sTN dropped it", "--operator=alex")
		require.Equal(t, 1, p.Wait(), p.Output())
		require.Contains(t, p.Output(), "resolve as failed, by alex: sTN dropped it")
		require.Contains(t, p.Output(), "failed        ResolvedFailed")
	})
	t.Run("one that failed", func(t *testing.T) {
		t.Parallel()
		ref, sim := reference(t), iccid(59)
		operate(t, 1, append([]string{"dish", "update-status", "--reference", ref, "--iccid", sim, "--action=Suspend", "--wait"}, fastFlags...)...)
		told := show(t, "dish:"+ref)
		require.Equal(t, "failed", told.State)
		last := told.Timeline[len(told.Timeline)-1]
		require.Equal(t, "failed", last.Event)
		require.Contains(t, last.Text, "CarrierFailed: DISH accepted the request and later ended it")
		require.Contains(t, last.Text, "PROVISIONING_FAILED")
		require.NotContains(t, operate(t, 0, "show", "dish:"+ref), sim)
	})
	t.Run("a read", func(t *testing.T) {
		t.Parallel()
		ref, sim := reference(t), iccid(0)
		operate(t, 0, "dish", "get-subscription", "--reference", ref, "--iccid", sim)
		text := operate(t, 0, "show", "dish:"+ref)
		require.Contains(t, text, "DISH has answered")
		require.NotContains(t, text, sim)
	})
	t.Run("a callback for no operation", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		id := workflows.UnmatchedOptions(workflows.Unmatched{Carrier: "dish", Reference: ref}).ID
		status, body := post(t, fmt.Sprintf(`{"partnerTransactionId":%q,"status":"Success"}`, ref))
		require.Equal(t, 202, status, body)
		require.Contains(t, operate(t, 0, "show", id), `callback      DISH says "Success" (done)`)
		operate(t, 0, "seen", id, "--operator=alex")
		require.Contains(t, operate(t, 0, "show", id, "--follow"), "completed     callbacks kept: 1, by alex")
		require.Contains(t, operate(t, 2, "seen", id), "has ended")
	})
}

func TestOperatorUpdates(t *testing.T) {
	t.Parallel()
	t.Run("ask, wait longer, close as done", func(t *testing.T) {
		t.Parallel()
		id, onLine := stuck(t, "--overdue-after=1h", "--deadline=2h")
		require.Contains(t, operate(t, 0, "check-now", id, "--reason=they called"), `sTN says "BUSY"`)

		var before, after struct{ Status workflows.OperationStatus }
		read := func(into any, args ...string) {
			require.NoError(t, json.Unmarshal([]byte(operate(t, 0, append(args, id, "--reason=they called", "--output=json")...)), into))
		}
		read(&before, "check-now")
		read(&after, "extend-deadline", "--by=48h")
		require.Equal(t, before.Status.Deadline.Add(48*time.Hour), after.Status.Deadline)

		operate(t, 0, "resolve", id, "--outcome=done", "--reason=told by phone", "--operator=alex")
		text := operate(t, 0, "status", id)
		require.Contains(t, text, "completed  "+id)
		require.Contains(t, text, "Resolved by  alex: told by phone")
		require.Equal(t, 1, recorded(t, "stn", onLine))
		require.Contains(t, operate(t, 2, "check-now", id, "--reason=x"), "has ended: it is completed")
	})
	t.Run("close as failed", func(t *testing.T) {
		t.Parallel()
		id, _ := stuck(t)
		operate(t, 0, "resolve", id, "--outcome=failed", "--reason=sTN dropped it", "--operator=alex")
		text := operate(t, 1, "wait", id)
		require.Contains(t, text, "ResolvedFailed")
		require.Contains(t, text, "alex: sTN dropped it")
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		id, _ := stuck(t)
		require.Contains(t, operate(t, 2, "approve", id, "--reason=x"), "sTN does not hold this request for a decision")
		actions := slices.DeleteFunc(show(t, id).events(), func(event string) bool { return event != "action" })
		require.Len(t, actions, 1, "the caller's question alone: a refused update leaves nothing behind")
		operate(t, 0, "resolve", id, "--outcome=failed", "--reason=the test is over")
	})
	t.Run("a held request", func(t *testing.T) {
		t.Parallel()
		id := begin(t, "masmovil", "replace-sim", "--org-id=yoigo", "--subscription-id", line("7", 6, 66), "--dealer-id=D-1", "--logistic=false",
			"--new-icc=8934030000000000777", "--until=accepted", "--poll-every=1s", "--call-timeout=10s")
		operate(t, 0, "approve", id, "--reason=MásMóvil said so")
		require.Empty(t, show(t, id).NeedsAttention)
		operate(t, 0, "deny", id, "--reason=MásMóvil took it back")
		require.Contains(t, operate(t, 1, "wait", id), "DecisionDenied")
	})
	t.Run("cancel", func(t *testing.T) {
		t.Parallel()
		id, onLine := stuck(t)
		text := operate(t, 1, "cancel", id, "--reason=not wanted any more", "--operator=alex", "--wait")
		require.Contains(t, text, "sTN has the request")
		require.Contains(t, text, "CanceledAfterSubmit")
		require.Contains(t, operate(t, 0, "show", id), "cancellation requested: alex: not wanted any more")
		require.Equal(t, 1, recorded(t, "stn", onLine))

		// Nothing of it is sent again before somebody has looked.
		require.Contains(t, operate(t, 2, "retry", id, "--reason=x"), "--looked-at-carrier")
		require.Equal(t, 1, recorded(t, "stn", onLine))
	})
}

// A failed operation is started anew once, with its input and a reference that follows from the old one.
func TestOperatorRetries(t *testing.T) {
	t.Parallel()
	ref, sim := reference(t), iccid(0)
	again := ref + "-r1"
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: "dish", Line: sim, Scenario: "refuse-400", Times: 1}))
	operate(t, 1, append([]string{"dish", "update-status", "--reference", ref, "--iccid", sim, "--action=Suspend", "--wait"}, fastFlags...)...)
	require.Contains(t, operate(t, 0, "retry", "dish:"+ref, "--reason=mended", "--wait"), "completed  dish:"+again)
	require.Equal(t, 1, recorded(t, "dish", sim))
	require.Contains(t, operate(t, 2, "retry", "dish:"+again, "--reason=x"), "has completed")
	require.Contains(t, operate(t, 2, "retry", "dish:"+ref, "--reason=x"), "was retried before: as dish:"+again)
	require.Equal(t, 1, recorded(t, "dish", sim))
	require.Contains(t, operate(t, 0, "show", "dish:"+ref), "Retried as   dish:"+again)
	require.Contains(t, operate(t, 0, "show", "dish:"+again), "Retry of     dish:"+ref)
}

// What was ended by force is on the work list until an operator says that it has been dealt with.
func TestOperatorAcknowledges(t *testing.T) {
	t.Parallel()
	id, _ := stuck(t)
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), id, "", "a mistake"))
	onList := func() bool { return strings.Contains(workList(t), id+"  ") }
	listed := func() bool {
		return strings.Contains(operate(t, 0, "list", "--needs-attention", "--limit=1000"), id+"  ")
	}
	eventually(t, "on the work list", func() bool { return onList() && listed() })
	require.Contains(t, operate(t, 0, "acknowledge", id, "--reason=sTN dropped it", "--operator=alex"), "off the work list")
	eventually(t, "off the work list", func() bool { return !onList() && !listed() })
	eventually(t, "acknowledged", func() bool { return strings.Contains(operate(t, 0, "show", id), "Seen by      alex: sTN dropped it") })
	require.Contains(t, operate(t, 2, "acknowledge", id, "--reason=x"), "has been acknowledged already, by alex: sTN dropped it")
}

func TestOperatorStartsLater(t *testing.T) {
	t.Parallel()
	t.Run("canceled before its time, nothing is sent", func(t *testing.T) {
		t.Parallel()
		for _, carrier := range []struct{ name, onLine, args string }{
			{"dish", iccid(0), "update-status --action=Suspend --lookup-delay=100ms --iccid="},
			{"masmovil", line("7", 6, 0), "replace-sim --org-id=yoigo --dealer-id=D-1 --logistic=false --new-icc=8934030000000000777 --lookup-delay=100ms --subscription-id="},
		} {
			id := begin(t, append([]string{carrier.name}, strings.Fields(carrier.args+carrier.onLine+" --at=+7d")...)...)
			require.Contains(t, operate(t, 0, "status", id), "scheduled  "+id)
			require.Contains(t, operate(t, 2, "check-now", id, "--reason=x"), "has not begun; it is scheduled for")
			require.Contains(t, show(t, id).Timeline[0].Text, "to begin after 7d")
			text := operate(t, 1, "cancel", id, "--reason=not wanted", "--wait")
			require.Contains(t, text, "canceled  "+id)
			require.Contains(t, text, "nothing was sent")
			require.Empty(t, ledger(t, carrier.name, carrier.onLine))
		}
	})
	t.Run("begins at its time, and has its whole deadline from then", func(t *testing.T) {
		t.Parallel()
		sim := iccid(0)
		id := begin(t, append([]string{"dish", "update-status", "--iccid", sim, "--action=Suspend", "--at=+4s", "--deadline=3s"}, fastFlags...)...)
		require.Empty(t, ledger(t, "dish", sim))
		require.Contains(t, operate(t, 0, "wait", id), "completed  "+id)
		require.Equal(t, 1, recorded(t, "dish", sim))
	})
	require.Contains(t, operate(t, 2, "dish", "update-status", "--iccid", iccid(0), "--action=Suspend", "--at=2020-01-01"), "has passed")
}

func TestOperatorLearnsAtOnceWhetherTheCarrierTakesIt(t *testing.T) {
	t.Parallel()
	accepted := operate(t, 0, "stn", "set-services", "--subscription-id", line("SUB-", 6, 0), "--service=voiceMail=false", "--until=accepted", "--poll-every=500ms")
	require.Contains(t, accepted, `yes, sTN has the request and says "INIT"`)

	sim := iccid(70)
	refused := operate(t, 1, "dish", "update-status", "--iccid", sim, "--action=Suspend", "--until=accepted")
	require.Contains(t, refused, "CarrierRejected")
	require.Zero(t, recorded(t, "dish", sim))
}
