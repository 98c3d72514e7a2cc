import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { parse } from 'yaml';
import { which } from 'zx/core';
import { messageOf, UserError } from '../base/errors.ts';
import { $ } from '../base/exec.ts';
import { writeWhole } from '../base/files.ts';
import { contentKey, refuseInTests } from '../base/host.ts';
import { cacheRoot } from '../base/paths.ts';
import { type Manifest, nameOf } from './manifests.ts';
import { kubernetesVersion } from './render.ts';

/** Go modules that have the CRDs of kinds which charts render, and which files those are. */
const crds: readonly { module: string; dir: string; files: readonly string[] }[] = [
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.90.1',
    dir: 'example/prometheus-operator-crd',
    files: ['servicemonitors', 'podmonitors', 'prometheusrules'].map(
      (plural) => `monitoring.coreos.com_${plural}.yaml`,
    ),
  },
  {
    module: 'sigs.k8s.io/gateway-api@v1.4.0',
    dir: 'config/crd/standard',
    files: ['gateway.networking.k8s.io_httproutes.yaml'],
  },
];

const standaloneCode = standalone.default;

type Json = null | boolean | number | string | Json[] | JsonObject;
interface JsonObject {
  [key: string]: Json;
}

/** Schemas by name, and for each "apiVersion Kind" the name of its schema. */
export interface Bundle {
  definitions: Record<string, Json>;
  kinds: Record<string, string>;
}

const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/**
 * One OpenAPI or CRD schema as strict JSON Schema: fields that it does not name are refused, as `kubectl --validate=strict` does, and what
 * only documents is dropped.
 */
export function strict(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(strict);
  if (!isObject(schema)) return schema;
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (['description', 'default', 'example', 'format', 'discriminator'].includes(key)) continue;
    if (key.startsWith('x-')) continue;
    if (key === 'properties' && isObject(value)) {
      result.properties = Object.fromEntries(
        Object.entries(value).map(([name, property]) => [name, strict(property)]),
      );
    } else if (key === '$ref' && typeof value === 'string') {
      result.$ref = `#/definitions/${value.split('/').at(-1)}`;
    } else {
      result[key] = strict(value);
    }
  }
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  if (result.properties !== undefined && result.additionalProperties === undefined) {
    if (schema['x-kubernetes-preserve-unknown-fields'] !== true) result.additionalProperties = false;
  }
  return result;
}

/** Puts right what OpenAPI says more loosely than the API server reads it. */
function sharpen(definitions: Record<string, Json>): void {
  definitions['io.k8s.apimachinery.pkg.api.resource.Quantity'] = {
    type: ['string', 'number'],
    pattern: '^[+-]?([0-9]+|[0-9]+\\.[0-9]*|\\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$',
  };
}

async function moduleDirectory(module: string): Promise<string> {
  const go = which.sync('go', { nothrow: true });
  if (go === null) {
    throw new UserError(`Go is not on PATH, and ${module} is fetched with it`, 'install Go 1.24 or newer');
  }
  try {
    const { stdout } = await $({ env: { GOWORK: 'off' } })`${go} mod download -json ${module}`;
    return (JSON.parse(stdout) as { Dir: string }).Dir;
  } catch (error) {
    throw new UserError(
      `could not fetch ${module} for its API schemas (${messageOf(error).split('\n').at(-1)})`,
      "check that Go's module proxy can be reached, then run again",
      { cause: error },
    );
  }
}

interface KubernetesKind {
  group: string;
  version: string;
  kind: string;
}

const apiVersion = ({ group, version }: KubernetesKind) => (group === '' ? version : `${group}/${version}`);

async function kubernetesSchemas(bundle: Bundle): Promise<void> {
  const dir = join(await moduleDirectory(`k8s.io/kubernetes@${kubernetesVersion}`), 'api/openapi-spec/v3');
  for (const file of (await readdir(dir)).filter((name) => name.endsWith('_openapi.json'))) {
    const { components } = JSON.parse(await readFile(join(dir, file), 'utf8')) as {
      components?: { schemas?: Record<string, JsonObject> };
    };
    for (const [name, schema] of Object.entries(components?.schemas ?? {})) {
      bundle.definitions[name] = strict(schema);
      const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as unknown as KubernetesKind[];
      const [kind] = kinds;
      // DeleteOptions and the like belong to every group: they are no objects one creates. Alphas are off in a cluster.
      if (
        kind === undefined ||
        kinds.length > 1 ||
        kind.kind.endsWith('List') ||
        /alpha|beta/.test(kind.version)
      )
        continue;
      bundle.kinds[`${apiVersion(kind)} ${kind.kind}`] = name;
    }
  }
  sharpen(bundle.definitions);
}

async function customResourceSchemas(bundle: Bundle): Promise<void> {
  const paths: string[] = [];
  for (const { module, dir, files } of crds) {
    const home = join(await moduleDirectory(module), dir);
    paths.push(...files.map((file) => join(home, file)));
  }
  for (const path of paths) {
    const crd = parse(await readFile(path, 'utf8')) as {
      spec: {
        group: string;
        names: { kind: string };
        versions: { name: string; schema: { openAPIV3Schema: JsonObject } }[];
      };
    };
    for (const { name: version, schema } of crd.spec.versions) {
      const { kind } = crd.spec.names;
      const name = `${crd.spec.group}.${version}.${kind}`;
      const definition = strict(schema.openAPIV3Schema) as JsonObject;
      const meta = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
      definition.properties = { ...(definition.properties as JsonObject), metadata: meta };
      bundle.definitions[name] = definition;
      bundle.kinds[`${crd.spec.group}/${version} ${kind}`] = name;
    }
  }
}

/** OpenAPI is generated from Go, whose regular expressions may start with a flag that JavaScript wants elsewhere. */
function regExp(pattern: string, flags: string): RegExp {
  return pattern.includes('(?i)')
    ? new RegExp(pattern.replace('(?i)', ''), `${flags}i`)
    : new RegExp(pattern, flags);
}
regExp.code = 'regExp';

/** JavaScript that exports a validator for each kind: compiling the schemas takes longer than everything else that a warm run does. */
function generate({ definitions, kinds }: Bundle): string {
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateSchema: false,
    inlineRefs: false,
    code: { source: true, regExp },
  });
  ajv.addSchema({ $id: 'api', definitions });
  const ids: Record<string, string> = {};
  for (const [kind, name] of Object.entries(kinds)) {
    // An id is a URI: a slash or colon in it would make references relative to it.
    ids[kind] = `kind-${name}`;
    ajv.addSchema({ $id: `kind-${name}`, $ref: `api#/definitions/${name}` });
  }
  return standaloneCode(ajv, ids);
}

/** Strict schemas of every kind of the pinned Kubernetes version and of the CRDs. */
export async function apiSchemas(): Promise<Bundle> {
  const bundle: Bundle = { definitions: {}, kinds: {} };
  await kubernetesSchemas(bundle);
  await customResourceSchemas(bundle);
  return bundle;
}

export type SchemaCheck = (object: Manifest) => string[];

/**
 * The check of an object against the API of the pinned Kubernetes version (and the CRDs): it returns what is wrong,
 * one line each. The schemas are fetched once as Go modules, afterwards no network is needed.
 */
export async function loadSchemaCheck(): Promise<SchemaCheck> {
  const dir = join(cacheRoot, 'schemas');
  const recipe = await readFile(fileURLToPath(import.meta.url), 'utf8');
  const path = join(dir, `${contentKey(kubernetesVersion, recipe)}.cjs`);
  if (!existsSync(path)) {
    refuseInTests('schemas of the Kubernetes API');
    await writeWhole(path, generate(await apiSchemas()));
  }
  const validators: Record<string, ValidateFunction> = {};
  // What the code requires is ajv's own, found from here and not from the cache.
  const load = runInThisContext(
    `(function (exports, require, regExp) {${readFileSync(path, 'utf8')}\n})`,
    path,
  );
  load(validators, createRequire(import.meta.url), regExp);

  return (object) => {
    const kind = `${object.apiVersion} ${object.kind}`;
    const validate = validators[kind];
    if (validate === undefined) return [`${nameOf(object)}: Kubernetes ${kubernetesVersion} has no ${kind}`];
    if (validate(object)) return [];
    return describeErrors(validate.errors ?? []).map((line) => `${nameOf(object)}: ${line}`);
  };
}

/** Ajv's errors as lines with a path. Those of a schema's alternatives are left to the line that no alternative matched. */
function describeErrors(errors: readonly ErrorObject[]): string[] {
  const alternatives = new Set(
    errors
      .filter(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf')
      .map((error) => error.instancePath),
  );
  const telling = errors.filter(
    ({ keyword, instancePath }) => keyword !== 'type' || !alternatives.has(instancePath),
  );
  const lines = telling.map(({ instancePath, keyword, params, message }) => {
    const key = keyword === 'additionalProperties' ? String(params.additionalProperty) : undefined;
    if (key !== undefined) return `${instancePath}/${key} is not known`;
    const hint = keyword === 'enum' ? `: ${JSON.stringify(params.allowedValues)}` : '';
    return `${instancePath || '/'} ${message}${hint}`;
  });
  return [...new Set(lines)];
}
