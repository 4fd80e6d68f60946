import type { X509Certificate } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { AdmitBody, BodyPass } from '../body-room.ts';
import { type Asker, type Exchange, bodyBytesMax } from '../exchange.ts';
import { type AnsweredConnection, Http1Exchange } from './exchange.ts';
import { type ParsedHead, ProtocolError } from './head.ts';
import { type ParsedRequest, RequestParser } from './parser.ts';
import type { TurnEnd } from './turn-end.ts';

/** Who answers what comes on a connection. */
export interface Http1Host {
  serve(exchange: Exchange): void;
  takesUpgrade(head: ParsedHead): boolean;
  readonly admitBody: AdmitBody;
  /** From here on the connection is the host's. `rest` came after the request. */
  upgrade(head: ParsedHead, socket: TLSSocket, rest: Buffer): void;
  /** The value of the Date header now. */
  date(): string;
  /** When what its connections wrote in a turn leaves. */
  readonly turnEnd: TurnEnd;
}

/** What a client may send ahead while it waits for an answer. */
const aheadBytesMax = 256 * 1024;
/** A client that has not taken more than so many bytes of its answers gets no other answer yet. */
const untakenBytesMax = 256 * 1024;

/** A client's connection: its requests one after the other, each answered before the next is looked at. */
export class Http1Connection implements AnsweredConnection {
  readonly #socket: TLSSocket;
  readonly #host: Http1Host;
  readonly #parser: RequestParser;
  #exchange: Http1Exchange | undefined;
  #certificate: { readonly given: X509Certificate | undefined } | undefined;
  readonly asker: Asker = { name: '' };
  #isReading = false;
  #isEnding = false;
  /** What it was upgraded to says how long it lasts. */
  #isGivenAway = false;
  /** What the body of the request that is being read has been given. */
  #room: Disposable | undefined;
  #isAsking = false;
  #isCrowdedOut = false;
  /** Sweeps since something was read or answered. */
  #quietSweeps = 0;
  /** Sweeps since the request began that is not there whole, or since the last answer where more was sent. */
  #unfinishedSweeps = 0;

  constructor(socket: TLSSocket, host: Http1Host) {
    this.#socket = socket;
    this.#host = host;
    this.#parser = new RequestParser(head => host.takesUpgrade(head));
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('close', () => {
      this.#exchange?.over();
      this.#room?.[Symbol.dispose]();
    });
    socket.on('end', () => this.#exchange?.over());
  }

  /** Node takes the certificate apart each time it is asked; it stays the same. */
  get certificate(): X509Certificate | undefined {
    this.#certificate ??= { given: this.#socket.getPeerX509Certificate() };
    return this.#certificate.given;
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
    if (this.#exchange || this.#isGivenAway) return;
    this.#quietSweeps++;
    const isUnfinished = this.#isEnding || this.#parser.isWithin;
    this.#unfinishedSweeps = isUnfinished ? this.#unfinishedSweeps + 1 : 0;
    if (this.#quietSweeps > quietSweepsMax || this.#unfinishedSweeps > unfinishedSweepsMax) {
      this.#socket.destroy();
    }
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
    this.#unfinishedSweeps = 0;
    if (isLast) this.#end();
    else if (this.#parser.buffered > 0) this.#read();
    this.#holdBack();
  }

  readonly #onData = (chunk: Buffer): void => {
    // What comes after the last request is read and forgotten, so that the client comes to read the answer.
    if (this.#isEnding) return;
    this.#quietSweeps = 0;
    this.#parser.push(chunk);
    if (!this.#exchange) this.#read();
    this.#holdBack();
  };

  readonly #onDrain = (): void => {
    if (this.#isEnding || this.#exchange) return;
    this.#read();
    this.#holdBack();
  };

  get #isClogged(): boolean {
    return this.#socket.writableLength > untakenBytesMax;
  }

  /** Whoever sends more than can be looked at now is not listened to. */
  #holdBack(): void {
    const isBusy = this.#exchange !== undefined || this.#isAsking || this.#isClogged;
    const isHeld = isBusy && !this.#isEnding && this.#parser.buffered > aheadBytesMax;
    if (isHeld === this.#socket.isPaused()) return;
    if (isHeld) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Serves what is there whole. Answers that are given at once do not nest. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (!this.#exchange && !this.#isEnding && !this.#isClogged) {
        const request = this.#parser.next();
        if (!request) break;
        this.#serve(request);
      }
      const isAsked = this.#parser.asked !== undefined;
      if (!this.#exchange && !isAsked && this.#parser.takeContinue()) {
        this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refuse(error);
    } finally {
      this.#isReading = false;
    }
    const { asked } = this.#parser;
    if (asked && !this.#isAsking) this.#ask(asked);
  }

  #ask(head: ParsedHead): void {
    this.#isAsking = true;
    const { framing } = head;
    const bytes = framing.chunked ? bodyBytesMax : Math.min(framing.length, bodyBytesMax);
    const pass = this.#host.admitBody(head, this.certificate, bytes);
    if (pass instanceof Promise) void pass.then(this.#onPass);
    else this.#onPass(pass);
  }

  readonly #onPass = (pass: BodyPass): void => {
    this.#isAsking = false;
    this.#isCrowdedOut = pass === 'crowded';
    this.#room = typeof pass === 'object' ? pass.room : undefined;
    if (this.#socket.destroyed) {
      this.#room?.[Symbol.dispose]();
      return;
    }
    this.#parser.decide(this.#room !== undefined);
    this.#read();
    this.#holdBack();
  };

  #serve(request: ParsedRequest): void {
    const { head } = request;
    if (head.upgrade !== '' && this.#host.takesUpgrade(head)) {
      this.#isEnding = true;
      this.#isGivenAway = true;
      this.#socket.off('data', this.#onData);
      this.#socket.off('drain', this.#onDrain);
      this.#host.upgrade(head, this.#socket, this.#parser.rest());
      return;
    }
    const exchange = new Http1Exchange(this, request, this.#isCrowdedOut);
    const room = this.#room;
    if (room) exchange.onOver(() => room[Symbol.dispose]());
    this.#room = undefined;
    this.#isCrowdedOut = false;
    this.#exchange = exchange;
    this.#host.serve(exchange);
  }

  #refuse({ status, text }: ProtocolError): void {
    const line = `${status} ${STATUS_CODES[status]}`;
    const type = text === '' ? '' : 'Content-Type: text/plain; charset=utf-8\r\n';
    this.#socket.write(`HTTP/1.1 ${line}\r\n${type}Connection: close\r\n\r\n${text ?? line}`);
    this.#end();
  }

  #end(): void {
    this.#isEnding = true;
    this.#socket.end();
  }
}
