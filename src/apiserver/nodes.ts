import type { Duplex } from 'node:stream';
import type { BackendTls } from './proxy/backends.ts';

/** A path on a node's own server (the kubelet's). */
export interface NodeTarget {
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
}

/** The way to the kubelets, with the API server's client certificate. */
export interface NodeDialer {
  /** How kubelets and this server prove who they are; absent where no kubelet serves. */
  readonly tls?: BackendTls;
  /** A GET; the body comes as it is read. Rejects when the node cannot be reached. */
  get(
    target: NodeTarget,
    signal: AbortSignal,
  ): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: AsyncIterable<Uint8Array> }>;
  /** A connection on which an HTTP request may be written, to be upgraded. */
  connect(target: NodeTarget): Promise<Duplex>;
}
