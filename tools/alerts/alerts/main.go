// Program alerts evaluates alert rules, and a dashboard's queries as such, over what targets exposed, with Prometheus' own parsers and engine. Its standard input is
// {"targets": [{"at": ms, "labels": {...}, "type": "...", "text": "..."}], "rules": [{"alert": "...", "expr": "..."}]}, each target with the labels
// that Prometheus would give it, the text that it answered with, when, and its Content-Type; one that was scraped twice is there twice. Its standard output has for each
// rule, in order, {"alert": "...", "firing": n, "unmet": ["selector", ...]}: how many series its expression has at the time of the last scrape, and which of its selectors
// match no series at all. How long a rule waits (its `for`) is not looked at.
package main

import (
	"cmp"
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
	At     int64             `json:"at"`
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
	if len(input.Targets) > 0 {
		now = time.UnixMilli(slices.MaxFunc(input.Targets, func(a, b target) int { return cmp.Compare(a.At, b.At) }).At)
	}
	gathered := map[uint64]*promql.Series{}
	for _, one := range input.Targets {
		if err := scrape(gathered, one); err != nil {
			log.Fatalf("target %v: %v", one.Labels, err)
		}
	}
	var scraped snapshot
	for _, one := range gathered {
		slices.SortFunc(one.Floats, func(a, b promql.FPoint) int { return cmp.Compare(a.T, b.T) })
		scraped = append(scraped, promql.NewStorageSeries(*one))
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

// A snapshot is what all scrapes of all targets gave.
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

func scrape(gathered map[uint64]*promql.Series, one target) error {
	reader, err := textparse.New([]byte(one.Text), one.Type, nil, textparse.ParserOptions{})
	if err != nil {
		return err
	}
	add(gathered, labels.FromStrings(labels.MetricName, "up"), 1, one)
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
			add(gathered, own, value, one)
		}
	}
}

func add(gathered map[uint64]*promql.Series, own labels.Labels, value float64, from target) {
	builder := labels.NewBuilder(own)
	for name, value := range from.Labels {
		// As Prometheus does unless it is told to honour them.
		if own.Has(name) {
			builder.Set("exported_"+name, own.Get(name))
		}
		builder.Set(name, value)
	}
	metric := builder.Labels()
	one, known := gathered[metric.Hash()]
	if !known {
		one = &promql.Series{Metric: metric}
		gathered[metric.Hash()] = one
	}
	one.Floats = append(one.Floats, promql.FPoint{T: from.At, F: value})
}
