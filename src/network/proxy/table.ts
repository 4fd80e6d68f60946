import { type TableFamily, tableFamilyOf } from './families.ts';
import type { MapElement, MapName, ServiceRules } from './service-rules.ts';

/**
 * The table of one cluster in one IP family: base chains and empty maps. The hooks and their order follow upstream's nftables mode:
 * destinations are rewritten in nat prerouting and output, what has no endpoint is rejected in the filter hooks, and
 * marked traffic is masqueraded in postrouting. Beyond upstream, node ports answer on 127.0.0.1 and pods' traffic out
 * of the cluster is masqueraded here, not by a CNI plugin.
 */

export interface TableOptions {
  readonly clusterName: string;
  /** Its family is the table's. */
  readonly podCidr: string;
  /** The blocks that Services get their addresses from; those of other families do not count. */
  readonly serviceCidrs: readonly string[];
}

/** With the family, as `nft` wants it. */
export function tableName({ keyword }: TableFamily, clusterName: string): string {
  return `${keyword} coxswain-${clusterName}`;
}

const masqueradeMark = '0x4000';

function chain(name: string, rules: readonly string[], hook = ''): string {
  const lines = [...(hook ? [`type ${hook};`] : []), ...rules].map(rule => `    ${rule}`);
  return [`  chain ${name} {`, ...lines, '  }'].join('\n');
}

const mapTypes: Readonly<Record<MapName, string>> = {
  'cluster-ips': 'type ADDRESS;',
  'service-ips': 'type ADDRESS . inet_proto . inet_service : verdict;',
  'service-nodeports': 'type inet_proto . inet_service : verdict;',
  'no-endpoint-services': 'type ADDRESS . inet_proto . inet_service : verdict;',
  'no-endpoint-nodeports': 'type inet_proto . inet_service : verdict;',
};

function mapDeclaration({ addressType }: TableFamily, map: MapName, elements: readonly MapElement[]): string {
  const inside = elements
    .filter(element => element.map === map)
    .map(({ key, verdict }) => (verdict === '' ? key : `${key} : ${verdict}`));
  const content = inside.length === 0 ? '' : ` elements = { ${inside.join(', ')} }`;
  return `  ${map === 'cluster-ips' ? 'set' : 'map'} ${map} { ${mapTypes[map].replace('ADDRESS', addressType)}${content} }`;
}

/** What is still on its way to a cluster address found no Service: the address has none, or not at this port. */
function clusterAddressRules(family: TableFamily, serviceCidrs: readonly string[]): string[] {
  const ours = serviceCidrs.filter(cidr => tableFamilyOf(cidr) === family);
  const rules = [`${family.keyword} daddr @cluster-ips reject`];
  return ours.length === 0 ? rules : [...rules, `${family.keyword} daddr { ${ours.join(', ')} } drop`];
}

function chains({ podCidr, serviceCidrs }: TableOptions): string[] {
  const family = tableFamilyOf(podCidr);
  const ip = family.keyword;
  const destination = `${ip} daddr . meta l4proto . th dport`;
  const nodePort = `${family.toNode} meta l4proto . th dport`;
  return [
    chain('reject-traffic', ['reject']),
    chain('mark-for-masquerade', [`meta mark set meta mark or ${masqueradeMark}`]),
    chain('services', [`${destination} vmap @service-ips`, `${nodePort} vmap @service-nodeports`]),
    chain('check-services', [`${destination} vmap @no-endpoint-services`]),
    chain('check-nodeports', [`${nodePort} vmap @no-endpoint-nodeports`]),
    chain('check-cluster-ips', clusterAddressRules(family, serviceCidrs)),
    chain('nat-prerouting', ['jump services'], 'nat hook prerouting priority dstnat'),
    chain('nat-output', ['jump services'], 'nat hook output priority -100'),
    chain(
      'nat-postrouting',
      [
        `meta mark and ${masqueradeMark} != 0 meta mark set meta mark xor ${masqueradeMark} masquerade fully-random`,
        `${ip} saddr ${podCidr} ${ip} daddr != ${podCidr} ${ip} daddr != ${family.multicast} masquerade fully-random`,
      ],
      'nat hook postrouting priority srcnat',
    ),
    chain(
      'filter-input',
      [...family.guards, 'ct state new jump check-nodeports', 'ct state new jump check-services'],
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

/** The script that replaces the whole table. Written as one block, which `nft` reads faster than commands. */
export function fullScript(options: TableOptions, services: readonly ServiceRules[]): string {
  const family = tableFamilyOf(options.podCidr);
  const table = `table ${tableName(family, options.clusterName)}`;
  const elements = services.flatMap(rules => rules.elements);
  const maps = Object.keys(mapTypes).map(map => mapDeclaration(family, map as MapName, elements));
  const sets = services.flatMap(rules => [...rules.sets].map(([name, type]) => `  set ${name} { ${type} }`));
  const own = services.flatMap(rules => [...rules.chains].map(([name, lines]) => chain(name, lines)));
  const block = [`${table} {`, ...sets, ...own, ...chains(options), ...maps, '}'];
  return `add ${table}\ndelete ${table}\n${block.join('\n')}\n`;
}

/** A script that removes the table, whether it is there or not. */
export function removeTable(family: TableFamily, clusterName: string): string {
  const table = `table ${tableName(family, clusterName)}`;
  return `add ${table}\ndelete ${table}\n`;
}
