import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { systemRandom, utf8 } from '../../../src/p2p/session/bytes.ts';
import {
  calculateGenerator,
  generatorString,
  multiplyShare,
  prependLength,
  sampleScalar,
  sessionKey,
  startCpace,
} from '../../../src/p2p/session/cpace.ts';

/** draft-irtf-cfrg-cpace-21, appendix B.3: ristretto255 and SHA-512. */
const vector = {
  prs: 'Password',
  ci: '0b415f696e69746961746f720b425f726573706f6e646572',
  sid: '7e4b4791d6a8ef019b936c79fb7f2c57',
  generatorHash:
    'da6d3ddc8802fca9058755ffd3ebde08a9c2c74945901a258482a288b6663af06bf645c93cd1c51512307199c80e84908916d983b34af77205f90851a657ee27',
  generator: '222b6b195fe84b1652badb6f6a3ae3d24341e7306967f0b8115b40d5698c7e56',
  ya: 'da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08',
  shareA: 'd6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157',
  yb: 'd2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d',
  shareB: '3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258',
  k: '80b69a8a76457ab6a4d7f887a4bf6b55a2f80ac19c333f917a05fc9887c8b40f',
  isk: 'b69effbf61b51d56401c0f65601abe428de8206feaaf0e32198896dcae7b35cd2b38950a39dfd5d4a79164614c2984f7daa460b588c1e80c3fa2068af7900447',
};

/** Appendix B.3.10 and B.3.11. */
const multiplication = {
  s: '7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05',
  x: '2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c',
  result: '7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e',
  noPoint: '2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c',
  neutral: '00'.repeat(32),
};

const input = {
  password: utf8(vector.prs),
  channel: hexToBytes(vector.ci),
  sid: hexToBytes(vector.sid),
};
const scalarOf = (hex: string) => bytesToNumberLE(hexToBytes(hex));

describe('CPace against the draft', () => {
  it('makes the generator', () => {
    expect(bytesToHex(generatorString(input))).toBe(
      `11435061636552697374726574746f3235350850617373776f726464${'00'.repeat(100)}18${vector.ci}10${vector.sid}`,
    );
    expect(bytesToHex(sha512(generatorString(input)))).toBe(vector.generatorHash);
    expect(calculateGenerator(input).toHex()).toBe(vector.generator);
  });

  it('makes the shares, the common point and the session key', () => {
    const generator = calculateGenerator(input);
    expect(generator.multiply(scalarOf(vector.ya)).toHex()).toBe(vector.shareA);
    expect(generator.multiply(scalarOf(vector.yb)).toHex()).toBe(vector.shareB);
    const k = multiplyShare(scalarOf(vector.ya), hexToBytes(vector.shareB));
    expect(k && bytesToHex(k)).toBe(vector.k);
    const other = multiplyShare(scalarOf(vector.yb), hexToBytes(vector.shareA));
    expect(other && bytesToHex(other)).toBe(vector.k);
    const isk = sessionKey(
      input.sid,
      hexToBytes(vector.k),
      { share: hexToBytes(vector.shareA), associated: utf8('ADa') },
      { share: hexToBytes(vector.shareB), associated: utf8('ADb') },
    );
    expect(bytesToHex(isk)).toBe(vector.isk);
  });

  it('multiplies a point, and gives up on what is none and on the neutral one', () => {
    const s = scalarOf(multiplication.s);
    const result = multiplyShare(s, hexToBytes(multiplication.x));
    expect(result && bytesToHex(result)).toBe(multiplication.result);
    expect(multiplyShare(s, hexToBytes(multiplication.noPoint))).toBeNull();
    expect(multiplyShare(s, hexToBytes(multiplication.neutral))).toBeNull();
  });

  it('runs the vector through both roles, scalars and all', () => {
    const from = (hex: string) => () => hexToBytes(hex);
    const [adA, adB] = [utf8('ADa'), utf8('ADb')];
    const a = startCpace('initiator', input, from(vector.ya), () => ({ own: adA, theirs: adB }));
    const b = startCpace('responder', input, from(vector.yb), () => ({ own: adB, theirs: adA }));
    expect(bytesToHex(a.share)).toBe(vector.shareA);
    const [iskA, iskB] = [a.finish(b.share), b.finish(a.share)];
    expect(iskA && bytesToHex(iskA)).toBe(vector.isk);
    expect(iskB && bytesToHex(iskB)).toBe(vector.isk);
    expect(a.finish(hexToBytes(multiplication.neutral))).toBeNull();
  });

  it('encodes lengths as LEB128', () => {
    expect(bytesToHex(prependLength(utf8('1234')))).toBe('0431323334');
    expect(bytesToHex(prependLength(new Uint8Array(127)).slice(0, 2))).toBe('7f00');
    expect(bytesToHex(prependLength(new Uint8Array(128)).slice(0, 3))).toBe('800100');
  });

  it('disagrees over another code, another session and other names', () => {
    const run = (password: string, sid: Uint8Array, nameOfB: string) => {
      const [adA, adB] = [utf8('guest'), utf8(nameOfB)];
      const a = startCpace('initiator', { ...input, password: utf8('12345678') }, systemRandom, () => ({
        own: adA,
        theirs: utf8('host'),
      }));
      const b = startCpace('responder', { ...input, password: utf8(password), sid }, systemRandom, () => ({
        own: adB,
        theirs: adA,
      }));
      return bytesToHex(a.finish(b.share) ?? utf8('')) === bytesToHex(b.finish(a.share) ?? utf8(''));
    };
    expect(run('12345678', input.sid, 'host')).toBe(true);
    expect(run('12345679', input.sid, 'host')).toBe(false);
    expect(run('12345678', utf8('another'), 'host')).toBe(false);
    expect(run('12345678', input.sid, 'another')).toBe(false);
  });

  it('refuses a source of randomness that returns zeros', () => {
    expect(() => sampleScalar((length) => new Uint8Array(length))).toThrow('randomness');
  });
});
