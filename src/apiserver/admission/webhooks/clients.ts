import type { OutboundClient } from '../../outbound.ts';

const usualPort = ':443';

/** Who the server says it is to webhooks: users of a kubeconfig that are named for hosts. */
export class WebhookClients {
  readonly #users: ReadonlyMap<string, OutboundClient>;
  readonly #usual: OutboundClient | undefined;

  /** `usual`: to hosts that no user is named for, unless one is named `*`. */
  constructor(users: ReadonlyMap<string, OutboundClient>, usual?: OutboundClient) {
    this.#users = users;
    this.#usual = usual;
  }

  /** `host`: with its port. A whole name wins over one with a star for its beginning, and any name over none. */
  to(host: string): OutboundClient | undefined {
    const bare = host.endsWith(usualPort) ? this.#named(host.slice(0, -usualPort.length)) : undefined;
    return this.#named(host) ?? bare ?? this.#users.get('*') ?? this.#usual;
  }

  #named(host: string): OutboundClient | undefined {
    const parts = host.split('.');
    const names = [host, ...parts.slice(1).map((_, i) => `*.${parts.slice(i + 1).join('.')}`)];
    return names.map(name => this.#users.get(name)).find(client => client !== undefined);
  }
}
