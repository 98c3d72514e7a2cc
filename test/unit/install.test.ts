import { describe, expect, it } from 'vitest';
import { UserError } from '../harness/errors.ts';
import { endpointsOf, endpointTable, profileNamed } from '../harness/install.ts';

const service = (name: string, annotations?: Record<string, string>) => ({
  metadata: { name, namespace: 'dev', ...(annotations === undefined ? {} : { annotations }) },
  spec: { ports: [{ port: 3306 }, { port: 9104 }] },
});

describe('the table of endpoints', () => {
  it('lists Services that say what system they belong to, and no others', () => {
    const found = endpointsOf([
      service('members'),
      service('plain', { 'example.org/system': 'x' }),
      service('db-primary', {
        'ballast.dev/system': 'MySQL (primary)',
        'ballast.dev/connect': 'mysql --host=db',
      }),
    ]);
    expect(found).toEqual([
      { system: 'MySQL (primary)', address: 'db-primary.dev.svc:3306', connect: 'mysql --host=db' },
    ]);
  });

  it('keeps each command whole on a line of its own', () => {
    const table = endpointTable([
      { system: 'MySQL', address: 'a:1', password: 'get | base64 -d', connect: 'mysql --host=a' },
      { system: 'Redis Cluster', address: 'b:2' },
    ]);
    expect(table.split('\n')).toEqual([
      'SYSTEM         ENDPOINT',
      'MySQL          a:1',
      '  password: get | base64 -d',
      '  connect:  mysql --host=a',
      'Redis Cluster  b:2',
    ]);
  });
});

describe('profiles', () => {
  it('are the files of values/, but for those that go with others', () => {
    expect(() => profileNamed('dev')).not.toThrow();
    expect(() => profileNamed('prod')).not.toThrow();
    for (const name of ['nope', 'e2e', 'small', '../values/dev']) {
      expect(() => profileNamed(name)).toThrow(UserError);
    }
  });

  it('that are unknown are refused by one line naming the known ones', () => {
    const refusal = (() => {
      try {
        profileNamed('prd');
      } catch (error) {
        return error instanceof UserError ? error.line : undefined;
      }
    })();
    expect(refusal).toBe('there is no profile prd: use one of dev, prod, staging');
  });
});
