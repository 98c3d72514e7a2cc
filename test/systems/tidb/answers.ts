/** PD's answers, as its HTTP API writes them: JSON with two blanks a level, and without what is empty or 0 in what comes from its protocol. */

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Numbers of 64 bits stand in JSON as they are, beyond what JavaScript can hold. */
const withIds = (text: string): string => text.replace(/"id:(\d+)"/g, '$1');

interface MemberAnswer {
  /** Empty for one that was added and has not started. */
  name: string;
  id: string;
  host: string;
}

/** GET /pd/api/v1/members. */
export function membersAnswer(
  members: readonly MemberAnswer[],
  leader: string | undefined,
  etcdLeader = leader,
): string {
  const written = ({ name, id, host }: MemberAnswer) => ({
    ...(name && { name }),
    member_id: `id:${id}`,
    peer_urls: [`http://${host}:2380`],
    ...(name && {
      client_urls: [`http://${host}:2379`],
      deploy_path: '/',
      binary_version: 'v8.5.8',
      git_hash: 'f',
    }),
  });
  const named = (name: string | undefined) => {
    const found = members.find((member) => member.name === name);
    return found && written(found);
  };
  return withIds(
    json({
      header: { cluster_id: 'id:7400000000000000001' },
      members: members.map(written),
      leader: named(leader),
      etcd_leader: named(etcdLeader),
    }),
  );
}

/** GET /pd/api/v1/health. */
export const healthAnswer = (members: readonly { name: string; health: boolean }[]): string =>
  withIds(
    json(
      members.map(({ name, health }) => ({
        name,
        member_id: 'id:1',
        client_urls: [`http://${name}:2379`],
        health,
      })),
    ),
  );

export interface StoreAnswer {
  id: number;
  host: string;
  state: 'Up' | 'Disconnected' | 'Down' | 'Offline' | 'Tombstone';
  destroyed?: boolean;
  regions: number;
  leaders: number;
  capacity: string;
  available: string;
  used: string;
}

/** GET /pd/api/v1/stores. */
export const storesAnswer = (stores: readonly StoreAnswer[]): string =>
  json({
    count: stores.length,
    stores: stores.map(({ id, host, state, destroyed, regions, leaders, capacity, available, used }) => ({
      store: {
        id,
        address: `${host}:20160`,
        labels: [
          { key: 'zone', value: 'a' },
          { key: 'host', value: 'node' },
        ],
        version: '8.5.8',
        status_address: `${host}:20180`,
        last_heartbeat: 1_790_000_000_000_000_000,
        ...(destroyed && { physically_destroyed: true }),
        node_state: 1,
        state_name: state,
      },
      status: {
        capacity,
        available,
        used_size: used,
        leader_count: leaders,
        leader_weight: 1,
        region_count: regions,
        region_weight: 1,
        slow_score: 1,
      },
    })),
  });
