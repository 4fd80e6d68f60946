/**
 * The table of one cluster: base chains and empty maps. The hooks and their order follow upstream's nftables mode:
 * destinations are rewritten in nat prerouting and output, what has no endpoint is rejected in the filter hooks, and
 * marked traffic is masqueraded in postrouting. Beyond upstream, node ports answer on 127.0.0.1 and pods' traffic out
 * of the cluster is masqueraded here, not by a CNI plugin.
 */

export interface TableOptions {
  readonly clusterName: string;
  readonly podCidr: string;
}

export function tableName(clusterName: string): string {
  return `coxswain-${clusterName}`;
}

const masqueradeMark = '0x4000';

function chain(name: string, rules: readonly string[], hook = ''): string {
  const lines = [...(hook ? [`type ${hook};`] : []), ...rules].map(rule => `    ${rule}`);
  return [`  chain ${name} {`, ...lines, '  }'].join('\n');
}

const declarations = [
  '  set cluster-ips { type ipv4_addr; }',
  '  map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }',
  '  map service-nodeports { type inet_proto . inet_service : verdict; }',
  '  map no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict; }',
  '  map no-endpoint-nodeports { type inet_proto . inet_service : verdict; }',
];

function chains(podCidr: string): string[] {
  const destination = 'ip daddr . meta l4proto . th dport';
  const nodePort = 'fib daddr type local meta l4proto . th dport';
  return [
    chain('reject-traffic', ['reject']),
    chain('mark-for-masquerade', [`meta mark set meta mark or ${masqueradeMark}`]),
    chain('services', [`${destination} vmap @service-ips`, `${nodePort} vmap @service-nodeports`]),
    chain('check-services', [`${destination} vmap @no-endpoint-services`]),
    chain('check-nodeports', [`${nodePort} vmap @no-endpoint-nodeports`]),
    chain('check-cluster-ips', ['ip daddr @cluster-ips reject']),
    chain('nat-prerouting', ['jump services'], 'nat hook prerouting priority dstnat'),
    chain('nat-output', ['jump services'], 'nat hook output priority -100'),
    chain(
      'nat-postrouting',
      [
        `meta mark and ${masqueradeMark} != 0 meta mark set meta mark xor ${masqueradeMark} masquerade fully-random`,
        `ip saddr ${podCidr} ip daddr != ${podCidr} ip daddr != 224.0.0.0/4 masquerade fully-random`,
      ],
      'nat hook postrouting priority srcnat',
    ),
    chain(
      'filter-input',
      [
        // With route_localnet nobody but the host itself may reach the loopback addresses (CVE-2020-8558).
        'iifname != "lo" ip daddr 127.0.0.0/8 ct state new,invalid,untracked drop',
        'ct state new jump check-nodeports',
        'ct state new jump check-services',
      ],
      'filter hook input priority -110',
    ),
    chain(
      'filter-forward',
      ['ct state new jump check-services', 'ct state new jump check-cluster-ips'],
      'filter hook forward priority -110',
    ),
    chain('filter-output', ['ct state new jump check-services'], 'filter hook output priority -110'),
    chain(
      'filter-output-post-dnat',
      ['ct state new jump check-cluster-ips'],
      'filter hook output priority -90',
    ),
  ];
}

/** A script that replaces the table by an empty one. */
export function baseTable({ clusterName, podCidr }: TableOptions): string {
  const table = `table ip ${tableName(clusterName)}`;
  return [`add ${table}`, `delete ${table}`, `${table} {`, ...declarations, ...chains(podCidr), '}'].join(
    '\n',
  );
}

/** A script that removes the table, whether it is there or not. */
export function removeTable(clusterName: string): string {
  const table = `table ip ${tableName(clusterName)}`;
  return `add ${table}\ndelete ${table}\n`;
}
