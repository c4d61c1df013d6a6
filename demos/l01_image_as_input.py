"""L1: an image as an input. 64 x 64 x 3 pixels become one column x of n_x = 12288 numbers."""

import sys

from common import folder, pyplot, save

import autograd_mini as am

pictures = folder()
try:
    X, Y, _, _ = am.learn.photo_patches()
except am.MissingPackageError as error:
    sys.exit(str(error))

n_x, m = X.shape
print(f"one image    64 x 64 x 3 pixels = {64 * 64 * 3} numbers between 0 and 1")
print(f"n_x = {n_x}, m = {m} examples, the columns of X")
print(f"X.shape = {X.shape}, Y.shape = {Y.shape}")

# A column holds the image row by row, and of each pixel red, green, blue; reshape undoes it.
x, y = X[:, [0]], Y[0, 0]
print(f"x = X[:, [0]], of shape {x.shape}, begins with {x[:3, 0].round(3)}, and its label is {y:g}")
image = x.reshape(64, 64, 3)
print(f"the pixel in the upper left corner again: image[0, 0] = {image[0, 0].round(3)}")

plt = pyplot()
figure, axes = plt.subplots(2, 6, figsize=(9, 3.8), layout="constrained")
for i, axis in enumerate(axes.T.flat):
    axis.imshow(X[:, i].reshape(64, 64, 3))
    axis.set_title(f"y = {Y[0, i]:g}", fontsize=11)
    axis.axis("off")
figure.suptitle(f"12 of {m} images, each one column of X {X.shape}")
save(figure, pictures / "l01_images.png")
