import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '#machinery/object.ts';
import { generateKeyPem, signCertificate } from '#apiserver/pki/certificate.ts';

const dayMs = 86_400_000;

export type ReviewedObject = KubeObject & { data?: Record<string, string>; spec?: Record<string, unknown> };

export interface ReviewRequest {
  readonly uid: string;
  readonly operation: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly subResource?: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly requestKind: ReviewRequest['kind'];
  readonly requestResource: ReviewRequest['resource'];
  readonly userInfo: { readonly username: string; readonly groups: readonly string[] };
  readonly object: ReviewedObject | null;
  readonly oldObject: ReviewedObject | null;
  readonly dryRun: boolean;
  readonly options: Record<string, unknown> | null;
}

interface RawAnswer {
  readonly status: number;
  readonly body: string;
  /** Default application/json. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReviewAnswer {
  readonly allowed?: boolean;
  readonly patch?: readonly object[];
  readonly status?: object;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Record<string, string>;
  /** Instead of the request's. */
  readonly uid?: string;
  /** Instead of a review: the whole answer. */
  readonly raw?: RawAnswer;
}

export type Reviewer = (request: ReviewRequest) => ReviewAnswer | Promise<ReviewAnswer>;

/** An HTTPS server with an authority of its own that answers reviews, one reviewer a path. */
export class WebhookServer implements AsyncDisposable {
  /** PEM of the authority, in base 64 as a caBundle is. */
  readonly caBundle: string;
  /** The server's own, in base 64 likewise. */
  readonly certificate: string;
  readonly #server: Server;
  readonly #reviewers = new Map<string, Reviewer>();
  readonly calls: {
    readonly path: string;
    /** What the caller says that it waits for an answer. */
    readonly timeout: string | null;
    readonly request: ReviewRequest;
  }[] = [];

  private constructor(server: Server, { ca, cert }: { readonly ca: string; readonly cert: string }) {
    this.#server = server;
    this.caBundle = Buffer.from(ca).toString('base64');
    this.certificate = Buffer.from(cert).toString('base64');
  }

  static async start(dnsNames: readonly string[] = ['localhost']): Promise<WebhookServer> {
    const { key, cert, ca } = certificates(dnsNames);
    const server = createServer({ key, cert });
    const started = new WebhookServer(server, { ca, cert });
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const answer = await started.#answer(new URL(request.url!, 'https://x'), Buffer.concat(chunks));
        if (response.destroyed) return;
        const type = { 'content-type': answer.contentType ?? 'application/json' };
        response.writeHead(answer.status, { ...type, ...answer.headers });
        response.end(answer.body);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return started;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What a configuration says to have `reviewer` asked under `path`. */
  clientConfig(path: string, reviewer: Reviewer): { url: string; caBundle: string } {
    this.#reviewers.set(path, reviewer);
    return { url: `https://127.0.0.1:${this.port}${path}`, caBundle: this.caBundle };
  }

  async #answer({ pathname: path, searchParams }: URL, body: Buffer): Promise<RawAnswer> {
    const reviewer = this.#reviewers.get(path);
    if (!reviewer) return { status: 404, body: 'no such path' };
    const review = JSON.parse(body.toString()) as { apiVersion: string; request: ReviewRequest };
    this.calls.push({ path, timeout: searchParams.get('timeout'), request: review.request });
    const { raw, patch, ...answer } = await reviewer(review.request);
    if (raw) return raw;
    const response = {
      uid: review.request.uid,
      allowed: true,
      ...answer,
      ...(patch
        ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
        : {}),
    };
    const { apiVersion } = review;
    return { status: 200, body: JSON.stringify({ kind: 'AdmissionReview', apiVersion, response }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** A server's key and certificate, and the authority that signed it (PEM). */
export function certificates(dnsNames: readonly string[]): { key: string; cert: string; ca: string } {
  const span = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs };
  const caKey = createPrivateKey(generateKeyPem());
  const ca = signCertificate(
    { ...span, subject: { commonName: 'webhook-ca' }, publicKey: createPublicKey(caKey), usage: 'ca' },
    { key: caKey },
  );
  const key = generateKeyPem();
  const cert = signCertificate(
    {
      ...span,
      subject: { commonName: 'webhook' },
      publicKey: createPublicKey(createPrivateKey(key)),
      usage: 'server',
      dnsNames,
      ips: ['127.0.0.1'],
    },
    { key: caKey, certificate: new X509Certificate(ca) },
  );
  return { key, cert, ca };
}
