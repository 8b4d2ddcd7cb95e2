// Package plans runs several operations as one order: a plan is an ordered list of steps, each of them an operation, with values
// that earlier results feed into later requests, and with what undoes each step. docs/plans.md explains the words.
//
//	run, err := plans.Start(ctx, c, plan)
//	result, err := plans.Await(ctx, c, run.GetID())
//
// A plan is one durable Temporal workflow, and each step is the ordinary workflow of its operation. [Validate] names everything that
// is wrong with a plan before anything is started. [GetStatus] says how far a plan is, and the updates ([ConfirmUpdate],
// [ContinueUpdate], [SkipUpdate], [UndoUpdate], [LeaveUpdate]) act on it.
//
// A plan that does not complete is a [*Failure]: its type says whether everything was undone ([PlanUndone]) or a part of it is still
// in effect, and its steps say which.
package plans
