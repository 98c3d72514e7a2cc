// Program helm-serve runs the commands of the helm CLI that it reads from its standard input in one process: most of what `helm template`
// takes is its start. A request is a line {"id": 1, "args": [...], "stdin": "..."}, the answer to it a line {"id": 1, "stdout": "...",
// "stderr": "...", "status": 0}. It is for commands that ask no cluster: helm keeps settings between them, and they are run one after the
// other. A request {"id": 2, "render": {...}} is answered by {"id": 2, "documents": [...]} or, where helm refuses, {"id": 2, "stderr":
// "...", "status": 1}; many are rendered side by side, and answers come as they are ready.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	helmcmd "helm.sh/helm/v4/pkg/cmd"
)

type request struct {
	ID     int        `json:"id"`
	Args   []string   `json:"args"`
	Stdin  string     `json:"stdin"`
	Render *rendering `json:"render"`
}

type response struct {
	ID        int        `json:"id"`
	Stdout    string     `json:"stdout"`
	Stderr    string     `json:"stderr"`
	Status    int        `json:"status"`
	Documents []document `json:"documents,omitempty"`
}

func main() {
	log.SetFlags(0)
	// It lives for minutes, and memory costs less than collecting it.
	debug.SetGCPercent(400)
	requests := json.NewDecoder(os.Stdin)
	answer := answers(os.Stdout)
	var charts renderer
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for {
		var next request
		if err := requests.Decode(&next); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatalf("helm-serve: reading a request: %v", err)
		}
		if next.Render != nil {
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				documents, err := charts.render(*next.Render)
				result := response{ID: next.ID, Documents: documents}
				if err != nil {
					result = response{ID: next.ID, Stderr: "Error: " + err.Error(), Status: 1}
				}
				answer(result)
			}()
			continue
		}
		result, err := run(next)
		if err != nil {
			log.Fatalf("helm-serve: %v", err)
		}
		answer(result)
	}
}

// answers returns a function that writes one answer at a time.
func answers(to io.Writer) func(response) {
	var lock sync.Mutex
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return func(one response) {
		lock.Lock()
		defer lock.Unlock()
		if err := encoder.Encode(one); err != nil {
			log.Fatalf("helm-serve: writing an answer: %v", err)
		}
	}
}

func run(next request) (response, error) {
	// Helm reads the values of `--values -` from os.Stdin itself.
	input, feed, err := os.Pipe()
	if err != nil {
		return response{}, err
	}
	defer input.Close()
	go func() {
		// It fails when helm has not read to the end, which is helm's to say.
		_, _ = io.WriteString(feed, next.Stdin)
		_ = feed.Close()
	}()
	own := os.Stdin
	os.Stdin = input
	defer func() { os.Stdin = own }()

	var stdout, stderr bytes.Buffer
	command, err := helmcmd.NewRootCmd(&stdout, next.Args, func(bool) {})
	if err != nil {
		return response{}, err
	}
	command.SetArgs(next.Args)
	command.SetErr(&stderr)
	status := 0
	if err := command.Execute(); err != nil {
		status = 1
	}
	return response{ID: next.ID, Stdout: stdout.String(), Stderr: stderr.String(), Status: status}, nil
}
