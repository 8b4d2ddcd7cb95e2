// Package workflows is the contract of carrierflow: how another program starts an operation at a carrier, follows it, gets
// its result, and acts on it. Every operation is one durable Temporal workflow.
//
// # Start and wait
//
// An operation is started with a request, a struct of the carrier's package below carriers. Its type is the workflow type,
// and its reference prevents that it is sent twice:
//
//	run, err := workflows.Start(ctx, c, request)
//	result, err := workflows.Await(ctx, c, run.GetID())
//
// [StartAccepted] also waits until the carrier has taken the request. [AwaitAnswer] is for reads. [GetStatus] returns the
// current status of an operation, and the updates ([CheckNowUpdate], [ResolveUpdate] and others) act on it.
//
// # How it ends
//
// A change that completes returns a [Result]: the carrier said done, and a read shows the change, unless the request asked
// for no confirmation. Everything else is a [Failure] with a [FailureType] that says what to do. The search attribute
// NeedsAttention shows what an operator has to look at, see [Attention], also after the end, see [FollowUp].
//
// Callers in other languages use the JSON Schemas that [Documents] returns.
package workflows
