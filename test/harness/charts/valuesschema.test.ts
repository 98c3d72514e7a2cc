import { describe, expect, test } from 'vitest';
import { chartOf, loadCharts } from './charts.ts';
import { schemaFrom } from './valuesschema.ts';

const chart = (values: string) =>
  chartOf(
    '/charts/example',
    new Map([
      ['Chart.yaml', 'name: example'],
      ['values.yaml', values],
    ]),
    [],
  );

const of = (values: string): Record<string, unknown> => {
  const { enabled, common, ...own } = schemaFrom(chart(values)).properties ?? {};
  expect([enabled, common]).not.toContain(undefined);
  return own;
};

describe('a schema from values.yaml', () => {
  test.each([
    ['# -- Some number.\nsome: 3\n', { description: 'Some number.', type: 'integer', default: 3 }],
    [
      '# -- Text that goes\n# on.\nsome: ""\n',
      { description: 'Text that goes on.', type: 'string', default: '' },
    ],
    ['# -- A list.\nsome: []\n', { description: 'A list.', type: 'array', default: [] }],
    [
      '# -- Bounded.\n# @schema {minimum: 1, maximum: 9}\nsome: 3\n',
      { description: 'Bounded.', type: 'integer', minimum: 1, maximum: 9, default: 3 },
    ],
    [
      '# -- Users.\n# @schema\n# items:\n#   required: [name]\n# @schema\nsome: []\n',
      { description: 'Users.', type: 'array', items: { required: ['name'] }, default: [] },
    ],
    [
      '# -- Any kind.\n# @schema {type: [string, integer]}\nsome: ""\n',
      { description: 'Any kind.', type: ['string', 'integer'], default: '' },
    ],
    [
      '# -- A port.\n# @schema {$ref: port, minimum: 1024}\nsome: 8080\n',
      { description: 'A port.', type: 'integer', minimum: 1024, maximum: 65535, default: 8080 },
    ],
  ])('%j', (values, schema) => {
    expect(of(values).some).toEqual(schema);
  });

  test('a map that has keys is closed, and its keys have their own', () => {
    expect(of('some:\n  # -- A switch.\n  one: true\n').some).toEqual({
      type: 'object',
      additionalProperties: false,
      properties: { one: { description: 'A switch.', type: 'boolean', default: true } },
    });
  });

  test('what charts share counts for a key of that name, and can be taken away', () => {
    expect(of('# -- Whether.\npullPolicy: Always\n').pullPolicy).toMatchObject({
      enum: ['Always', 'IfNotPresent', 'Never'],
    });
    expect(of('# -- Whether.\n# @schema {enum: null}\npullPolicy: x\n').pullPolicy).not.toHaveProperty(
      'enum',
    );
    expect(of('limits:\n  # -- Memory.\n  memory: 1Gi\n').limits).toMatchObject({
      properties: { memory: { type: ['string', 'number'] }, cpu: { minimum: 0 } },
    });
  });

  test.each([
    ['# @schema {$ref: nothing}\nsome: 1\n', /^example: some: @schema has \$ref nothing/],
    ['# @schema [1]\nsome: 1\n', /^example: some: @schema is no map/],
    ['# @schema {minimum: \nsome: 1\n', /^example: some: @schema is no YAML/],
  ])('%j is refused', (values, message) => {
    expect(() => schemaFrom(chart(values))).toThrow(message);
  });

  test('each values.schema.json is the one of its values.yaml', () => {
    for (const one of loadCharts().filter(({ kind }) => kind !== 'library'))
      expect(one.schema, one.name).toEqual(schemaFrom(one));
  });
});
