import ChevronLeft from 'lucide-solid/icons/chevron-left';
import ChevronRight from 'lucide-solid/icons/chevron-right';
import { IconButton } from './IconButton.tsx';

export interface VersionsProps {
  /** From 1. */
  place: number;
  count: number;
  onTurn: (step: -1 | 1) => void;
}

/** Moves between a message and its alternatives. */
export function Versions(props: VersionsProps) {
  return (
    <div class="versions" role="group" aria-label="Versions">
      <IconButton
        label="Previous version"
        aria-disabled={props.place <= 1}
        onClick={() => props.place > 1 && props.onTurn(-1)}
      >
        <ChevronLeft />
      </IconButton>
      <span class="versions-place">
        {props.place}/{props.count}
      </span>
      <IconButton
        label="Next version"
        aria-disabled={props.place >= props.count}
        onClick={() => props.place < props.count && props.onTurn(1)}
      >
        <ChevronRight />
      </IconButton>
    </div>
  );
}
