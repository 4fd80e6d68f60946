/** The port to the kernel's packet filter. */
export interface Netfilter {
  /** Applies a script as one transaction; rejects, with nothing applied, when the kernel refuses it. */
  apply(script: string): Promise<void>;
  /** `table`: its family and name. */
  hasTable(table: string): Promise<boolean>;
  /** Lets packets to and from 127.0.0.0/8 be routed, which node ports on 127.0.0.1 need. */
  allowLocalnet(): Promise<void>;
  /** Forgets tracked flows, so that their next packet is looked at anew. None is no error. */
  forgetFlows(flows: FlowFilter): Promise<void>;
}

export interface FlowFilter {
  readonly family: 'IPv4' | 'IPv6';
  readonly protocol: 'udp';
  /** Where the client sent to; '' is any address of the host. */
  readonly destinationIp: string;
  readonly destinationPort: number;
  /** Where it was sent on to. Absent: anywhere, or nowhere. */
  readonly endpointIp?: string;
}
