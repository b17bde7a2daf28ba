"""One small picture for each notebook: of the cell tagged `cover`, or of the last cell that shows one."""

import base64
import io

WIDTH = 480  # pixels: twice what the report shows, for dense screens


def thumbnail(nb):
    """Return the picture of the executed notebook `nb` as a data URL, JPEG at most WIDTH pixels wide, or None."""
    image = cover_image(nb)
    return image and f"data:image/jpeg;base64,{base64.b64encode(shrunk(image)).decode()}"


def cover_image(nb):
    """Return the bytes of the last picture in the cell of `nb` tagged `cover`, else of the last one at all, or None."""
    pictures = [("cover" in cell.metadata.get("tags", []), output.data[kind]) for cell in nb.cells
                for output in cell.get("outputs", []) for kind in ("image/png", "image/jpeg")
                if kind in output.get("data", {})]
    chosen = [data for is_cover, data in pictures if is_cover] or [data for _, data in pictures]
    return base64.b64decode(chosen[-1]) if chosen else None


def shrunk(image):
    """Return the picture whose bytes are `image` as JPEG bytes, at most WIDTH pixels wide, on white."""
    from PIL import Image

    picture = Image.open(io.BytesIO(image)).convert("RGBA")
    page = Image.new("RGBA", picture.size, "white")
    page.alpha_composite(picture)
    page.thumbnail((WIDTH, 3 * WIDTH))
    out = io.BytesIO()
    page.convert("RGB").save(out, "JPEG", quality=85)
    return out.getvalue()
