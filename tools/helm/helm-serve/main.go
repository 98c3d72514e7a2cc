// Program helm-serve runs the commands of the helm CLI that it reads from its standard input, one after the other in one process: most of
// what `helm template` takes is its start. A request is a line {"args": [...], "stdin": "..."}, the answer to it a line {"stdout": "...",
// "stderr": "...", "status": 0}. It is for commands that ask no cluster: helm keeps settings between them.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	helmcmd "helm.sh/helm/v4/pkg/cmd"
)

type request struct {
	Args  []string `json:"args"`
	Stdin string   `json:"stdin"`
}

type response struct {
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
	Status int    `json:"status"`
}

func main() {
	log.SetFlags(0)
	requests, responses := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var next request
		if err := requests.Decode(&next); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatalf("helm-serve: reading a request: %v", err)
		}
		answer, err := run(next)
		if err != nil {
			log.Fatalf("helm-serve: %v", err)
		}
		if err := responses.Encode(answer); err != nil {
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
	return response{Stdout: stdout.String(), Stderr: stderr.String(), Status: status}, nil
}
