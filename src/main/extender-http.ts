import { Agent as HttpAgent, type ClientRequest, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { trusting } from '#client/trust.ts';
import { durationMs } from '#scheduler/config/load.ts';
import type { ExtenderConfiguration } from '#scheduler/config/types.ts';
import type { ExtenderPost } from '#scheduler/extender/extender.ts';

/** Upstream's DefaultExtenderTimeout. */
const timeoutMsDefault = 5_000;

/** The way to a scheduler extender over HTTP(S). Reads the files that its TLS settings name. */
export function extenderPost(config: ExtenderConfiguration): ExtenderPost {
  const secure = config.urlPrefix.startsWith('https:');
  const send = (secure ? httpsRequest : httpRequest) as typeof httpRequest;
  const agent = secure ? new HttpsAgent(tlsOptions(config)) : new HttpAgent();
  const timeoutMs = durationMs(config.httpTimeout ?? '0s') || timeoutMsDefault;
  return (verb, body) => {
    const url = `${config.urlPrefix.replace(/\/+$/, '')}/${verb}`;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { 'content-type': 'application/json' };
    const outgoing: ClientRequest = send(url, { method: 'POST', agent, headers, signal }, async response => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else throw new Error(`failed ${verb} with extender at URL ${url}, code ${response.statusCode}`);
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on('error', error => reject(signal.aborted ? new Error(`Post "${url}": time-out`) : error));
    outgoing.end(JSON.stringify(body));
    return promise;
  };
}

function tlsOptions({ enableHTTPS, tlsConfig = {} }: ExtenderConfiguration) {
  const pem = (data: string | undefined, file: string | undefined) =>
    data ? Buffer.from(data, 'base64').toString() : file ? readFileSync(file, 'utf8') : undefined;
  const ca = pem(tlsConfig.caData, tlsConfig.caFile);
  return {
    ...trusting(ca),
    cert: pem(tlsConfig.certData, tlsConfig.certFile),
    key: pem(tlsConfig.keyData, tlsConfig.keyFile),
    servername: tlsConfig.serverName,
    // As upstream: who enables HTTPS and names no CA does not check whom he talks to.
    rejectUnauthorized: !(tlsConfig.insecure || (enableHTTPS && !ca)),
  };
}
