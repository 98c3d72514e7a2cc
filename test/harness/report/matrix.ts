import { type DrillFigures, grouped } from './figures.ts';

/** A column: drills are named after what they do, after their topology's prefix (cluster-3x3-kill). */
interface Fault {
  name: string;
  title: string;
}

const faults: readonly Fault[] = [
  { name: 'kill', title: 'primary killed' },
  { name: 'delete', title: 'primary’s pod deleted' },
  { name: 'freeze', title: 'primary frozen' },
  { name: 'node-crash', title: 'primary’s node crashed' },
  { name: 'partition', title: 'primary cut off' },
  { name: 'api-away', title: 'API server away' },
  { name: 'lost-volume', title: 'volume lost' },
  { name: 'clone', title: 'volume lost, gigabytes copied' },
  { name: 'backlog', title: 'primary killed with a backlog' },
  { name: 'disk-full', title: 'disk full' },
  { name: 'all', title: 'all killed at once' },
  { name: 'flood', title: 'all killed in turn, at full speed' },
  { name: 'all-deleted', title: 'all pods deleted' },
  { name: 'rolling', title: 'rolling upgrade' },
  { name: 'scale', title: 'scaled out and in' },
  { name: 'upgrade-after-failover', title: 'upgrade after a failover' },
  { name: 'convert', title: 'single instance becomes several' },
];
const other: Fault = { name: '', title: 'other' };

export interface Matrix {
  faults: Fault[];
  rows: MatrixRow[];
}

export interface MatrixRow {
  system: string;
  topology: string;
  /** What there is for each fault of the matrix, in its order; none was measured where a cell is empty. */
  cells: MatrixCell[][];
}

export interface MatrixCell {
  figures: DrillFigures;
  /** How the drill differs from others of its column; empty for the plain one. */
  variant: string;
}

/** System and topology by fault, without negative controls. Faults that nothing was measured for have no column. */
export function matrixOf(figures: readonly DrillFigures[]): Matrix {
  const placed = figures
    .filter(({ control }) => !control)
    .map((row) => ({ figures: row, ...placeOf(row.drill) }));
  const columns = [...faults, other].filter((fault) => placed.some((one) => one.fault === fault));
  const bySystem = grouped(placed, (one) => one.figures.system);
  return {
    faults: columns,
    rows: bySystem.flatMap(([system, drills]) =>
      grouped(drills, (one) => one.figures.topology).map(([topology, here]) => ({
        system,
        topology,
        cells: columns.map((column) =>
          here
            .filter(({ fault }) => fault === column)
            .map(({ figures, variant }) => ({ figures, variant }))
            .sort((a, b) => a.variant.localeCompare(b.variant)),
        ),
      })),
    ),
  };
}

/** The longest name of a fault that stands in a drill's name as whole words; what follows it is the variant. */
function placeOf(drill: string): { fault: Fault; variant: string } {
  const [fault] = faults
    .filter(({ name }) => `-${drill}-`.includes(`-${name}-`))
    .sort((a, b) => b.name.length - a.name.length);
  if (!fault) return { fault: other, variant: drill };
  const after = `-${drill}-`.indexOf(`-${fault.name}-`) + fault.name.length + 1;
  return { fault, variant: drill.slice(after).replaceAll('-', ' ') };
}
