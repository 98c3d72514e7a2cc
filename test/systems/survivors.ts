const askedForByKey =
  'the set is only asked whether it has the name (hasKey): what is stored under it means nothing';

/** Changes that no render test sees, each by its name as `npm run mutate` prints it, with the reason why that is well. */
export const survivors: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ['kafka', '.name'],
      ['kafka', '.name', 2],
      ['mysql', '.name'],
      ['rabbitmq', '.name'],
      ['redis', '.name'],
      ['rocketmq', '.name'],
      ['zookeeper', '.name'],
    ].map(([chart, key, number]) => [flipInSet(String(chart), 'seen', String(key), number), askedForByKey]),
  ),
  [flipInSet('mysql', 'ids', '.id')]: askedForByKey,
  [flipInSet('redis', 'ids', '.id')]: askedForByKey,
  [flipInSet('rabbitmq', 'seen', '$id')]: askedForByKey,
};

function flipInSet(chart: string, set: string, key: string, number?: string | number): string {
  const line = (value: boolean): string => `"{{- $_ := set $${set} ${key} ${value} }}"`;
  return `${chart}: templates/validate.yaml: flip ${line(true)} to ${line(false)}${number ? `, number ${number}` : ''}`;
}
