import { familyOf, type IpFamily, joinHostPort } from '#machinery/ip.ts';

/** What differs between the tables of the two IP families. */
export interface TableFamily {
  readonly name: IpFamily;
  /** `nft`'s word for its tables, and for the header of its packets. */
  readonly keyword: 'ip' | 'ip6';
  readonly addressType: 'ipv4_addr' | 'ipv6_addr';
  readonly multicast: string;
  /** Matches packets to addresses that node ports answer on. Linux lets no packet from ::1 out of the host, so it is none. */
  readonly toNode: string;
  /** Keep others from what only the host itself may reach. */
  readonly guards: readonly string[];
}

const ipv4: TableFamily = {
  name: 'IPv4',
  keyword: 'ip',
  addressType: 'ipv4_addr',
  multicast: '224.0.0.0/4',
  toNode: 'fib daddr type local',
  // With route_localnet nobody but the host itself may reach the loopback addresses (CVE-2020-8558).
  guards: ['iifname != "lo" ip daddr 127.0.0.0/8 ct state new,invalid,untracked drop'],
};

const ipv6: TableFamily = {
  name: 'IPv6',
  keyword: 'ip6',
  addressType: 'ipv6_addr',
  multicast: 'ff00::/8',
  toNode: 'fib daddr type local ip6 daddr != ::1',
  guards: [],
};

export const ipFamilies = [ipv4, ipv6] as const;

/** Of an address or a network. */
export function tableFamilyOf(address: string): TableFamily {
  return familyOf(address) === 'IPv6' ? ipv6 : ipv4;
}

/** As packets are sent on to: '10.244.0.2:80', '[fd00::2]:80'. */
export function targetOf({ ip, port }: { readonly ip: string; readonly port: number }): string {
  return joinHostPort(ip, port);
}
