import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { makePortLink, pumpPort } from '../../../src/p2p/link/port-link.ts';
import { runLinkTests } from '../../support/run-link-tests.ts';
import { dtls, honestDtls } from './harness.ts';

runLinkTests('a port', () => {
  const { port1, port2 } = new MessageChannel();
  const a = makePortLink(port1, dtls('a', 'b'));
  const b = makePortLink(port2, dtls('b', 'a'));
  return {
    a,
    b,
    // A tab's death shows in the core by its lock or its pings; the core then tells the link.
    cut() {
      a.lose();
      b.lose();
    },
  };
});

runLinkTests('a port that a gateway pumps into another link', () => {
  const { port1, port2 } = new MessageChannel();
  const wire = makeMemoryLink({ fingerprints: honestDtls });
  pumpPort(port2, wire.a);
  return { a: makePortLink(port1, honestDtls.a), b: wire.b, cut: () => wire.cut() };
});
