/** What is taken out of the scripts, the first schedule that finds it, and what it finds. */
export const controls: readonly (readonly [
  what: string,
  seed: number,
  from: string | RegExp,
  to: string,
  found: RegExp,
])[] = [
  [
    'a cluster that existed is founded anew by who has lost its volume',
    1,
    /elif \[ "\$formed" = true \]; then\n\s+echo "wait my volume is empty, a cluster existed.*"/,
    'elif false; then\n      :',
    /founds a second cluster/,
  ],
  [
    'an old member is removed without a majority of the others',
    1,
    'if [ $((healthy_others * 2)) -gt $((count - 1)) ]; then',
    'if true; then',
    /a removal makes a cluster of/,
  ],
  [
    'one joins while another is away',
    1,
    'elif [ "$count" != 1 ] && [ $((healthy * 2)) -le $((count + 1)) ]; then',
    'elif false; then',
    /makes a cluster of \d members/,
  ],
  [
    'a store is declared destroyed while others do not serve',
    1,
    'elif [ -n "$others" ]; then',
    'elif false; then',
    /was declared destroyed while/,
  ],
  [
    'a hook that does not wait for stores to be empty',
    1,
    /\*\)\n\s+draining=yes\n\s+read -r _ id ordinal regions <<<"\$verdict"/,
    '*)\n        break',
    /the hook let TiKV/,
  ],
  ['a hook that removes no PD', 1, /^ {2}drain_pds$/m, '  :', /the hook let PD/],
  [
    'data of a member are put aside because nobody answers',
    1,
    'if [ "$count" = 0 ] || [ -n "$mine" ]; then',
    'if [ -n "$mine" ]; then',
    /put the data of a member aside/,
  ],
];
