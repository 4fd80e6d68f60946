import { STATUS_CODES } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Exchange } from '../exchange.ts';
import { type AnsweredConnection, Http1Exchange } from './exchange.ts';
import { type ParsedHead, ProtocolError } from './head.ts';
import { type ParsedRequest, RequestParser } from './parser.ts';
import type { TurnEnd } from './turn-end.ts';

/** Who answers what comes on a connection. */
export interface Http1Host {
  serve(exchange: Exchange): void;
  takesUpgrade(protocol: string): boolean;
  /** From here on the connection is the host's. `rest` came after the request. */
  upgrade(head: ParsedHead, socket: TLSSocket, rest: Buffer): void;
  /** The value of the Date header now. */
  date(): string;
  /** When what its connections wrote in a turn leaves. */
  readonly turnEnd: TurnEnd;
}

/** What a client may send ahead while it waits for an answer. */
const aheadBytesMax = 256 * 1024;

/** A client's connection: its requests one after the other, each answered before the next is looked at. */
export class Http1Connection implements AnsweredConnection {
  readonly #socket: TLSSocket;
  readonly #host: Http1Host;
  readonly #parser: RequestParser;
  #exchange: Http1Exchange | undefined;
  #certificate: { readonly raw: Uint8Array | undefined } | undefined;
  #isReading = false;
  #isEnding = false;
  /** Sweeps since something was read or answered. */
  #quietSweeps = 0;

  constructor(socket: TLSSocket, host: Http1Host) {
    this.#socket = socket;
    this.#host = host;
    this.#parser = new RequestParser(protocol => host.takesUpgrade(protocol));
    socket.on('data', this.#onData);
    socket.on('close', () => this.#exchange?.over());
    socket.on('end', () => this.#exchange?.over());
  }

  /** Node takes the certificate apart each time it is asked; it stays the same. */
  get certificate(): Uint8Array | undefined {
    this.#certificate ??= { raw: this.#socket.getPeerX509Certificate()?.raw };
    return this.#certificate.raw;
  }

  get date(): string {
    return this.#host.date();
  }

  get turnEnd(): TurnEnd {
    return this.#host.turnEnd;
  }

  get socket(): TLSSocket {
    return this.#socket;
  }

  /** Called now and then: cuts a client that says nothing, or has not said a request to its end. */
  sweep(quietSweepsMax: number, unfinishedSweepsMax: number): void {
    this.#quietSweeps++;
    if (this.#exchange) return;
    const isUnfinished = this.#isEnding || this.#parser.buffered > 0;
    if (this.#quietSweeps > (isUnfinished ? unfinishedSweepsMax : quietSweepsMax)) this.#socket.destroy();
  }

  /** Ends, at once or with the answer to the request that it has. */
  close(): void {
    if (this.#exchange) this.#exchange.makeLast();
    else if (!this.#isEnding) this.#end();
  }

  /** The answer is complete. */
  done(isLast: boolean): void {
    this.#exchange = undefined;
    this.#quietSweeps = 0;
    if (isLast) this.#end();
    else if (this.#parser.buffered > 0) this.#read();
    if (this.#socket.isPaused() && this.#parser.buffered <= aheadBytesMax) this.#socket.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    // What comes after the last request is read and forgotten, so that the client comes to read the answer.
    if (this.#isEnding) return;
    this.#quietSweeps = 0;
    this.#parser.push(chunk);
    if (!this.#exchange) this.#read();
    else if (this.#parser.buffered > aheadBytesMax) this.#socket.pause();
  };

  /** Serves what is there whole. Answers that are given at once do not nest. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (!this.#exchange && !this.#isEnding) {
        const request = this.#parser.next();
        if (!request) break;
        this.#serve(request);
      }
      if (!this.#exchange && this.#parser.takeContinue()) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refuse(error);
    } finally {
      this.#isReading = false;
    }
  }

  #serve(request: ParsedRequest): void {
    const { head } = request;
    if (head.upgrade !== '' && this.#host.takesUpgrade(head.upgrade)) {
      this.#isEnding = true;
      this.#socket.off('data', this.#onData);
      this.#host.upgrade(head, this.#socket, this.#parser.rest());
      return;
    }
    this.#exchange = new Http1Exchange(this, request);
    this.#host.serve(this.#exchange);
  }

  #refuse({ status }: ProtocolError): void {
    const text = `${status} ${STATUS_CODES[status]}`;
    this.#socket.write(
      `HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`,
    );
    this.#end();
  }

  #end(): void {
    this.#isEnding = true;
    this.#socket.end();
  }
}
