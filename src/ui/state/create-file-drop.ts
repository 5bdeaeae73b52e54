import { onCleanup } from 'solid-js';

/** Files that are dropped anywhere on the page. Without it the browser would leave the page for the file. */
export function createFileDrop(onFiles: (files: File[]) => void): void {
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  const onDragOver = (event: DragEvent): void => {
    if (hasFiles(event)) event.preventDefault();
  };
  const onDrop = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    // A dialog covers what they would go to.
    if (document.querySelector('[role=dialog], [role=alertdialog]')) return;
    onFiles([...(event.dataTransfer?.files ?? [])]);
  };
  addEventListener('dragover', onDragOver);
  addEventListener('drop', onDrop);
  onCleanup(() => {
    removeEventListener('dragover', onDragOver);
    removeEventListener('drop', onDrop);
  });
}
