import type { V1EnvVar, V1Pod } from '@kubernetes/client-node';
import type { DrillContext } from './drill.ts';

/** Values of a chart, as YAML would hold them. */
export interface Values {
  [key: string]: Value;
}
export type Value = string | number | boolean | null | Value[] | Values;

/**
 * What a drill asks of the system at its end. `outageMs` is a generous ceiling for tests, `goalMs` what the benchmark compares with.
 * `lateMs`: how late all but one in a hundred records may be, see Adapter.lateness. `loses` is a negative control: a weakened set-up whose loss the ledger must report.
 */
export type Expectation =
  | { keeps: 'everything'; outageMs: number; goalMs: number; lateMs?: number }
  | { loses: 'something' };

export interface Drill {
  name: string;
  title: string;
  topology: string;
  /** Values on top of the topology's; drills that set any get a release of their own. */
  values?: Values;
  /** Clients that write at a time, where that is not the topology's number of keys. */
  writers?: number;
  expect: Expectation;
  /** Does the action and returns when it is healed; the drill then waits for the system to settle by itself. */
  act(context: DrillContext): Promise<void>;
}

export interface Topology {
  name: string;
  values: Values;
  /** Values of other systems of the release that this one needs, by their names. */
  beside?: Readonly<Record<string, Values>>;
  /** What there is with these values: how many members, and how many of them primaries at a time. */
  size(values: Values): { members: number; primaries: number };
  /** Keys that fail apart from each other, each with a writer of its own; 1 where there is one primary. */
  keys?: number;
  /** Places that are read back, each of which must hold everything: by default every member and the Service. Host names of members whose data together are one place are joined by commas. */
  places?(members: readonly V1Pod[], host: (pod: V1Pod) => string, service: string): string[];
}

/** What the harness has to know about one system of the suite; `release` is the umbrella's release name. */
export interface System {
  /** Name of its chart, its key in the umbrella's values, and its folder in test/systems. */
  name: string;
  /** The container that faults hit. */
  container: string;
  /** Whether clients may choose not to wait for copies: then a second writer does so in every drill. */
  plainWrites: boolean;
  topologies: readonly Topology[];
  /** Images that topologies name beside the chart's own. */
  images?: readonly string[];
  /** Images that its chart names and that not every machine can have: without them its drills are refused in one line, and its tests are skipped. */
  elsewhere?: readonly string[];
  /** What e2e tests add to every topology: two systems at a time have to fit two processors, most of which the compilers of starting JVMs would take. Figures are measured without. */
  light?: Values;
  drills: readonly Drill[];
  /** Whether only a primary takes writes: then every member is also written to directly, and all but one must refuse. */
  refusesElsewhere: boolean;
  /** Whether some of its pods have directories of their node, which the Pod Security Standard `restricted` does not admit. */
  readsNodes?: boolean;
  /** Whether a record may come twice where somebody is lost: that is counted, and no failure. */
  atLeastOnce?: boolean;
  /** Whether a label says who is primary, which must agree with what the members say; otherwise their word alone counts. */
  labelsPrimary: boolean;
  /** Selects the members' pods, and nothing else. */
  selector(release: string): string;
  /** Where users write. */
  service(release: string): string;
  /** A member's stable name within its namespace. */
  host(release: string, pod: V1Pod): string;
  probeEnv(release: string): V1EnvVar[];
}
