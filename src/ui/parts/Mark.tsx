/** The mark of Hearth: a flame under a hearth's arch. Decoration; its neighbour says the name. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 64 64" aria-hidden="true">
      <path class="mark-arch" d="M5 56V32C5 17 17 5 32 5s27 12 27 27v24a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4z" />
      <path
        class="mark-flame"
        d="M33.8 12c1.2 7.7 13.5 13.6 13.5 27.7C47.3 48.5 40.5 55 32 55s-15.3-6.5-15.3-15.3c0-7.1 4.1-11.2 6.5-15.9 1.4 3 2.8 5.2 4.5 6.8C27.3 23.8 29 16.7 33.8 12z"
      />
      <path
        class="mark-heart"
        d="M32.6 33.2c.9 4.2 6.5 6.9 6.5 13C39.1 51.2 36 55 32 55s-7.1-3.8-7.1-8.3c0-3.5 1.9-5.4 3.2-7.8.7 1.4 1.2 2.2 2.1 2.9.1-3.4.7-6 2.4-8.6z"
      />
    </svg>
  );
}
