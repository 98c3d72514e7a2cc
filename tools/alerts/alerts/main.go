// Program alerts evaluates alert rules over what targets expose right now, with Prometheus' own parsers and engine. Its standard input is
// {"targets": [{"labels": {...}, "type": "...", "text": "..."}], "rules": [{"alert": "...", "expr": "..."}]}, each target with the labels
// that Prometheus would give it, the text that it answered with and its Content-Type. Its standard output has for each rule, in order, {"alert": "...",
// "firing": n, "unmet": ["selector", ...]}: how many series its expression has, and which of its selectors match no series at all.
// How long a rule waits (its `for`) is not looked at.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

type target struct {
	Labels map[string]string `json:"labels"`
	Type   string            `json:"type"`
	Text   string            `json:"text"`
}

type rule struct {
	Alert string `json:"alert"`
	Expr  string `json:"expr"`
}

type verdict struct {
	Alert  string   `json:"alert"`
	Firing int      `json:"firing"`
	Unmet  []string `json:"unmet"`
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("alerts: ")
	var input struct {
		Targets []target `json:"targets"`
		Rules   []rule   `json:"rules"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		log.Fatalf("reading the request: %v", err)
	}
	now := time.Now()
	var scraped snapshot
	for _, one := range input.Targets {
		if err := scraped.scrape(one, now); err != nil {
			log.Fatalf("target %v: %v", one.Labels, err)
		}
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute})
	verdicts := make([]verdict, 0, len(input.Rules))
	for _, one := range input.Rules {
		judged, err := judge(engine, scraped, one, now)
		if err != nil {
			log.Fatalf("alert %s: %v", one.Alert, err)
		}
		verdicts = append(verdicts, judged)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		log.Fatalf("writing the answer: %v", err)
	}
}

func judge(engine *promql.Engine, scraped snapshot, one rule, now time.Time) (verdict, error) {
	judged := verdict{Alert: one.Alert, Unmet: []string{}}
	query, err := engine.NewInstantQuery(context.Background(), scraped.queryable(), nil, one.Expr, now)
	if err != nil {
		return judged, err
	}
	defer query.Close()
	answer, err := query.Exec(context.Background()).Vector()
	if err != nil {
		return judged, err
	}
	judged.Firing = len(answer)
	for _, matchers := range parser.ExtractSelectors(query.Statement().(*parser.EvalStmt).Expr) {
		if len(scraped.matching(matchers)) == 0 {
			judged.Unmet = append(judged.Unmet, selectorOf(matchers))
		}
	}
	return judged, nil
}

func selectorOf(matchers []*labels.Matcher) string {
	parts := make([]string, len(matchers))
	for i, matcher := range matchers {
		parts[i] = matcher.String()
	}
	return fmt.Sprintf("{%s}", strings.Join(parts, ", "))
}

// A snapshot is what one scrape of all targets gave.
type snapshot []storage.Series

func (s snapshot) matching(matchers []*labels.Matcher) snapshot {
	var found snapshot
	for _, one := range s {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(one.Labels().Get(m.Name)) }) {
			found = append(found, one)
		}
	}
	return found
}

func (s snapshot) queryable() storage.Queryable {
	return storage.QueryableFunc(func(int64, int64) (storage.Querier, error) {
		return &storage.MockQuerier{
			SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
				return &series{of: s.matching(matchers), at: -1}
			},
		}, nil
	})
}

type series struct {
	of snapshot
	at int
}

func (s *series) Next() bool {
	s.at++
	return s.at < len(s.of)
}

func (s *series) At() storage.Series                { return s.of[s.at] }
func (s *series) Err() error                        { return nil }
func (s *series) Warnings() annotations.Annotations { return nil }

func (s *snapshot) scrape(one target, now time.Time) error {
	reader, err := textparse.New([]byte(one.Text), one.Type, nil, textparse.ParserOptions{})
	if err != nil {
		return err
	}
	s.add(labels.FromStrings(labels.MetricName, "up"), 1, one, now)
	for {
		entry, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if entry == textparse.EntrySeries {
			var own labels.Labels
			reader.Labels(&own)
			_, _, value := reader.Series()
			s.add(own, value, one, now)
		}
	}
}

func (s *snapshot) add(own labels.Labels, value float64, from target, now time.Time) {
	builder := labels.NewBuilder(own)
	for name, value := range from.Labels {
		// As Prometheus does unless it is told to honour them.
		if own.Has(name) {
			builder.Set("exported_"+name, own.Get(name))
		}
		builder.Set(name, value)
	}
	point := promql.FPoint{T: now.UnixMilli(), F: value}
	*s = append(*s, promql.NewStorageSeries(promql.Series{Metric: builder.Labels(), Floats: []promql.FPoint{point}}))
}
