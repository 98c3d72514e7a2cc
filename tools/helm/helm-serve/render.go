package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"sigs.k8s.io/yaml"
)

// rendering is what `helm template` is asked: a directory with an assembled chart, which must not change while this process lives, and what
// that is rendered with.
type rendering struct {
	Chart       string `json:"chart"`
	Release     string `json:"release"`
	Namespace   string `json:"namespace"`
	KubeVersion string `json:"kubeVersion"`
	Values      string `json:"values"`
}

// document is one object, as it was printed and as the API server gets it.
type document struct {
	Text   string          `json:"text"`
	Object json.RawMessage `json:"object"`
}

// renderer does what `helm template` does, of helm's own parts, with each chart read and each schema compiled once: that is most of the
// time that many renders of one chart take. It may be asked by several goroutines.
type renderer struct {
	charts  once[*chart.Chart]
	schemas once[*jsonschema.Schema]
	lock    sync.Mutex
	parsed  map[string][]document
}

// mostParsed printed files are kept, of some kilobytes each.
const mostParsed = 2048

// once keeps what was made for a key.
type once[T any] struct {
	lock sync.Mutex
	made map[string]T
}

func (o *once[T]) get(key string, make func() (T, error)) (T, error) {
	o.lock.Lock()
	defer o.lock.Unlock()
	if found, ok := o.made[key]; ok {
		return found, nil
	}
	result, err := make()
	if err != nil {
		return result, err
	}
	if o.made == nil {
		o.made = map[string]T{}
	}
	o.made[key] = result
	return result, nil
}

func (r *renderer) render(asked rendering) ([]document, error) {
	if err := chartutil.ValidateReleaseName(asked.Release); err != nil {
		return nil, err
	}
	loaded, err := r.charts.get(asked.Chart, func() (*chart.Chart, error) { return loader.Load(asked.Chart) })
	if err != nil {
		return nil, err
	}
	values, err := loader.LoadValues(strings.NewReader(asked.Values))
	if err != nil {
		return nil, fmt.Errorf("failed to parse values: %w", err)
	}
	own := copyChart(loaded)
	if err := chartutil.ProcessDependencies(own, values); err != nil {
		return nil, fmt.Errorf("chart dependencies processing failed: %w", err)
	}
	capabilities := common.DefaultCapabilities.Copy()
	version, err := common.ParseKubeVersion(asked.KubeVersion)
	if err != nil {
		return nil, err
	}
	capabilities.KubeVersion = *version
	options := common.ReleaseOptions{Name: asked.Release, Namespace: asked.Namespace, Revision: 1, IsInstall: true}
	top, err := util.ToRenderValuesWithSchemaValidation(own, values, options, capabilities, true)
	if err != nil {
		return nil, err
	}
	all, err := top.Table("Values")
	if err != nil {
		return nil, err
	}
	if complaint := r.validate(own, all); complaint != "" {
		return nil, fmt.Errorf("values don't meet the specifications of the schema(s) in the following chart(s):\n%s", complaint)
	}
	files, err := engine.Render(own, top)
	if err != nil {
		return nil, err
	}
	return r.documents(files)
}

func (r *renderer) documents(files map[string]string) ([]document, error) {
	var result []document
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if base := path.Base(name); base == "NOTES.txt" || strings.HasPrefix(base, "_") {
			continue
		}
		found, err := r.parse(files[name])
		if err != nil {
			return nil, fmt.Errorf("YAML parse error on %s: %w", name, err)
		}
		result = append(result, found...)
	}
	return result, nil
}

// parse reads what a template printed as the API server does: by YAML 1.1, and with no key twice. Much of that, above all the scripts, is the
// same for most values, and reading it takes half of a render.
func (r *renderer) parse(printed string) ([]document, error) {
	r.lock.Lock()
	known, ok := r.parsed[printed]
	r.lock.Unlock()
	if ok {
		return known, nil
	}
	var result []document
	for _, text := range releaseutil.SplitManifests(printed) {
		object, err := yaml.YAMLToJSONStrict([]byte(text))
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(object, []byte("null")) {
			result = append(result, document{Text: text, Object: object})
		}
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.parsed == nil || len(r.parsed) >= mostParsed {
		r.parsed = map[string][]document{}
	}
	r.parsed[printed] = result
	return result, nil
}

// copyChart copies what ProcessDependencies changes.
func copyChart(from *chart.Chart) *chart.Chart {
	to := *from
	metadata := *from.Metadata
	metadata.Dependencies = nil
	for _, dependency := range from.Metadata.Dependencies {
		own := *dependency
		metadata.Dependencies = append(metadata.Dependencies, &own)
	}
	to.Metadata = &metadata
	to.Values = copyMap(from.Values)
	to.SetDependencies()
	for _, dependency := range from.Dependencies() {
		to.AddDependency(copyChart(dependency))
	}
	return &to
}

func copyMap(from map[string]any) map[string]any {
	to := maps.Clone(from)
	for key, value := range to {
		if inner, ok := value.(map[string]any); ok {
			to[key] = copyMap(inner)
		}
	}
	return to
}

// validate is helm's check of a chart's values and of those of its dependencies, in helm's words.
func (r *renderer) validate(one *chart.Chart, values common.Values) string {
	complaint := ""
	if one.Schema != nil {
		schema, err := r.schemas.get(string(one.Schema), func() (*jsonschema.Schema, error) { return compile(one.Schema) })
		if err == nil {
			err = schema.Validate(values.AsMap())
		}
		if err != nil {
			text := strings.TrimPrefix(err.Error(), "jsonschema validation failed with 'file:///values.schema.json#'\n")
			complaint = fmt.Sprintf("%s:\n%s\n", one.Name(), text)
		}
	}
	for _, dependency := range one.Dependencies() {
		if inner, ok := values[dependency.Name()].(map[string]any); ok {
			complaint += r.validate(dependency, inner)
		}
	}
	return complaint
}

func compile(text []byte) (*jsonschema.Schema, error) {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("file:///values.schema.json", schema); err != nil {
		return nil, err
	}
	return compiler.Compile("file:///values.schema.json")
}
