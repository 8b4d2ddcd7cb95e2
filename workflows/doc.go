// Package workflows runs every operation as one durable Temporal workflow, and is the public contract: operation types,
// inputs, results, failures, ids, signals and search attributes.
//
// The story of a change is told in change.go (validate, submit, settle, end) and settle.go (await the callback or a
// check, whichever is final first). dish.go, stn.go and masmovil.go say what is particular to an operation;
// registry.go lists them all. Workflow code never touches HTTP, the environment, the clock or randomness.
package workflows
