// Package kubernetes checks docs/kubernetes: it renders the manifests as kubectl does, reads them strictly, and compares them with the
// settings of the worker. It is a module of its own, because what it takes to render is needed for nothing else.
package kubernetes
