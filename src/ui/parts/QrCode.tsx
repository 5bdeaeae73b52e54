import { createMemo } from 'solid-js';
import { encode } from 'uqr';

/** A text as a QR code, dark on light in every colour scheme: many readers know no other. */
export function QrCode(props: { text: string; label: string }) {
  // A border of four modules, as the standard asks for.
  const matrix = createMemo(() => encode(props.text, { ecc: 'M', border: 4 }));
  const path = createMemo(() =>
    matrix()
      .data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
      .join(''),
  );
  return (
    <svg
      class="qr"
      role="img"
      aria-label={props.label}
      viewBox={`0 0 ${matrix().size} ${matrix().size}`}
      shape-rendering="crispEdges"
    >
      <rect width="100%" height="100%" fill="#fff" />
      <path d={path()} fill="#000" />
    </svg>
  );
}
